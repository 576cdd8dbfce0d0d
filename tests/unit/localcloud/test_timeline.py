from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from localcloud.api.timeline import bars
from localcloud.jobs.job import Job, JobName
from localcloud.jobs.spec import Api, Container, JobSpec, Machine, Step

START = datetime(2026, 1, 31, tzinfo=UTC)
SPEC = JobSpec(
    api=Api.BATCH,
    steps=(Step("0", Container("x", "", ("true",))),),
    machine=Machine("e2-medium", 2, 4096, "us-central1", "us-central1-a"),
    environment={},
    task_environments=({},),
)


def job(created: float, waits: float | None, runs: float | None) -> Job:
    made = Job(JobName("p", "l", "j"), "u", 1, SPEC, {}, {}, START + timedelta(seconds=created))
    if waits is not None:
        made.started = made.created + timedelta(seconds=waits)
        if runs is not None:
            made.ended = made.started + timedelta(seconds=runs)
    return made


SECONDS = st.floats(0, 1e5)


@given(st.lists(st.builds(job, SECONDS, SECONDS | st.none(), SECONDS | st.none())))
def test_every_bar_lies_on_the_line_in_order(jobs: list[Job]) -> None:
    for bar in bars(jobs, START + timedelta(seconds=1e6)):
        assert 0 <= bar.wait_from <= bar.run_from <= bar.run_to <= 100


def test_the_line_ends_with_the_last_job() -> None:
    first, second = bars([job(0, 10, 40), job(50, 0, 50)], START)
    assert (first.wait_from, first.run_from, first.run_to) == (0, 10, 50)
    assert (second.wait_from, second.run_from, second.run_to) == (50, 50, 100)

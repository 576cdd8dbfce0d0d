from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from localcloud.api.timeline import Bar, Line, machines
from localcloud.jobs.events import Worker, WorkerAssigned, WorkerReleased
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


def bars(jobs: list[Job], now: datetime) -> list[Bar]:
    line = Line.of(jobs, now)
    return [line.job(each) for each in jobs]


SECONDS = st.floats(0, 1e5)


@given(st.lists(st.builds(job, SECONDS, SECONDS | st.none(), SECONDS | st.none())))
def test_every_bar_lies_on_the_line_in_order(jobs: list[Job]) -> None:
    for bar in bars(jobs, START + timedelta(seconds=1e6)):
        assert 0 <= bar.wait_from <= bar.run_from <= bar.run_to <= 100


def test_the_line_ends_with_the_last_job() -> None:
    first, second = bars([job(0, 10, 40), job(50, 0, 50)], START)
    assert (first.wait_from, first.run_from, first.run_to) == (0, 10, 50)
    assert (second.wait_from, second.run_from, second.run_to) == (50, 50, 100)


def test_a_machine_stands_from_its_assignment_to_its_release_or_until_now() -> None:
    one = job(0, None, None)
    gone, here = (Worker(name, "1", "us-central1-a", "e2-medium") for name in ("gone", "here"))
    one.record(START + timedelta(seconds=10), WorkerAssigned(gone))
    one.record(START + timedelta(seconds=20), WorkerReleased(gone))
    one.record(START + timedelta(seconds=30), WorkerAssigned(here))
    lives = machines([one])
    assert [life.worker for life in lives] == [here, gone]
    line = Line.of([one], START + timedelta(seconds=40))
    assert line.machine(lives[0]) == Bar(75, 75, 100)
    assert line.machine(lives[1]) == Bar(25, 25, 50)


def test_no_jobs_make_an_empty_line() -> None:
    assert Line.of([], START) == Line(START, START)
    assert machines([]) == []

"""Polls: how many requests they are, what they tell of tasks, and how often they come."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.pipeline import Pipeline
from headrace.services.protocol import Failure, JobReport, JobState, task_name
from snakemake_executor_plugin_lifesciences.polling import (
    SHORTEST_SECONDS,
    Ages,
    Pace,
    Poller,
    with_job,
)

ARRAY = "projects/p/locations/l/jobs/align-0"


@dataclass
class Service:
    """Lists what it is given, and counts the requests."""

    jobs: list[JobReport]
    tasks: Mapping[str, list[JobReport]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    max_tasks: int = 100

    def submit(self, job_id: str, pipeline: Pipeline) -> str:
        raise NotImplementedError

    def find(self, job_id: str, labels: Mapping[str, str]) -> JobReport:
        raise NotImplementedError

    def explain(self, name: str) -> Failure:
        raise NotImplementedError

    def cancel(self, name: str) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def list_jobs(self, labels: Mapping[str, str]) -> Iterator[JobReport]:
        assert labels, "never all jobs of the project"
        self.asked.append("jobs")
        return iter(self.jobs)

    def list_tasks(self, name: str) -> Iterator[JobReport]:
        self.asked.append(name)
        return iter(self.tasks[name])


def array(state: JobState, **counts: int) -> JobReport:
    return JobReport(ARRAY, "align-0", state, tasks=3, counts=counts)


def tasks(*states: JobState) -> list[JobReport]:
    return [
        JobReport(task_name(ARRAY, index), f"align-0#{index}", state)
        for index, state in enumerate(states)
    ]


NAMES = [task_name(ARRAY, index) for index in range(3)]


def states(reports: Mapping[str, JobReport]) -> list[JobState]:
    return [reports[name].state for name in NAMES]


def test_tasks_of_an_array_without_a_machine_stand_where_it_stands() -> None:
    service = Service([array(JobState.QUEUED, PENDING=3)])
    assert states(Poller(service, "run").poll(NAMES)) == [JobState.QUEUED] * 3
    assert service.asked == ["jobs"]


def test_tasks_are_listed_again_only_when_their_counts_have_changed() -> None:
    running = tasks(JobState.SUCCEEDED, JobState.RUNNING, JobState.QUEUED)
    service = Service(
        [array(JobState.RUNNING, SUCCEEDED=1, RUNNING=1, PENDING=1)], {ARRAY: running}
    )
    poller = Poller(service, "run")
    for _ in range(3):
        assert states(poller.poll(NAMES)) == [task.state for task in running]
    assert service.asked == ["jobs", ARRAY, "jobs", "jobs"]
    service.jobs = [array(JobState.RUNNING, SUCCEEDED=2, RUNNING=1)]
    service.tasks = {ARRAY: tasks(JobState.SUCCEEDED, JobState.SUCCEEDED, JobState.RUNNING)}
    assert states(poller.poll(NAMES))[1] is JobState.SUCCEEDED
    assert service.asked[4:] == ["jobs", ARRAY]


def test_a_list_of_tasks_older_than_the_end_of_their_job_is_asked_for_again() -> None:
    stale = tasks(JobState.SUCCEEDED, JobState.RUNNING, JobState.SUCCEEDED)
    service = Service([array(JobState.SUCCEEDED, SUCCEEDED=3)], {ARRAY: stale})
    poller = Poller(service, "run")
    assert states(poller.poll(NAMES))[1] is JobState.RUNNING
    service.tasks = {ARRAY: tasks(*[JobState.SUCCEEDED] * 3)}
    assert states(poller.poll(NAMES)) == [JobState.SUCCEEDED] * 3


def test_an_array_that_failed_says_nothing_of_tasks_that_are_not_listed_yet() -> None:
    service = Service([array(JobState.FAILED, SUCCEEDED=2, FAILED=1)], {ARRAY: []})
    poller = Poller(service, "run")
    assert poller.poll(NAMES) == {}
    ends = [JobState.SUCCEEDED, JobState.FAILED, JobState.SUCCEEDED]
    service.tasks = {ARRAY: tasks(*ends)}
    assert states(poller.poll(NAMES)) == ends


def test_an_array_that_failed_before_it_had_tasks_fails_all_its_jobs() -> None:
    service = Service([array(JobState.FAILED)], {ARRAY: []})
    assert states(Poller(service, "run").poll(NAMES)) == [JobState.FAILED] * 3


def test_a_job_that_is_not_listed_is_not_reported() -> None:
    assert Poller(Service([]), "run").poll([*NAMES, "other"]) == {}


@pytest.mark.parametrize(
    ("job", "task", "expected"),
    [
        (JobState.RUNNING, JobState.QUEUED, JobState.QUEUED),
        (JobState.FAILED, JobState.QUEUED, JobState.FAILED),
        (JobState.FAILED, JobState.RUNNING, JobState.RUNNING),
        (JobState.CANCELLED, JobState.RUNNING, JobState.CANCELLED),
        (JobState.CANCELLED, JobState.SUCCEEDED, JobState.SUCCEEDED),
        (JobState.FAILED, JobState.SUCCEEDED, JobState.SUCCEEDED),
        (JobState.SUCCEEDED, JobState.RUNNING, JobState.RUNNING),
    ],
)
def test_a_task_that_never_came_to_an_end_shares_that_of_its_job(
    job: JobState, task: JobState, expected: JobState
) -> None:
    assert with_job(tasks(task)[0], array(job)).state is expected


@given(st.lists(st.floats(0, 1e5)), st.floats(0, 1e5), st.floats(1, 600), st.booleans())
def test_no_pause_is_longer_than_asked_for_nor_shorter_than_a_request_is_worth(
    took: list[float], oldest: float, longest: float, landing: bool
) -> None:
    pace = Pace(longest)
    for seconds in took:
        pace.ended(seconds)
    pause = pace.pause(Ages(oldest, landing))
    assert SHORTEST_SECONDS <= pause.least <= pause.most <= longest


def test_polls_of_a_job_that_nothing_happens_to_become_rare() -> None:
    pace, moment, polls = Pace(30), 0.0, 0
    while moment < 3600:
        moment += pace.pause(Ages(moment, landing=False)).most
        polls += 1
    assert polls < 160, "an hour at a poll every 30 seconds is 120"


def test_short_jobs_are_asked_for_often_and_long_ones_seldom() -> None:
    short, long = Pace(30), Pace(30)
    short.ended(3)
    long.ended(100)
    assert short.pause(Ages(1000, landing=False)).most == pytest.approx(0.6)
    assert long.pause(Ages(1, landing=False)).most == pytest.approx(20)


def test_news_shorten_a_pause_but_a_thousand_of_them_are_not_a_thousand_polls() -> None:
    pace = Pace(60)
    pace.ended(200)
    pause = pace.pause(Ages(0, landing=False))
    assert pause.least == pytest.approx(10)
    assert pause.most == pytest.approx(40)

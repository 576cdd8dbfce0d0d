"""Submission: each job is started once, taken up where it runs already, and accounted for."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import (
    AlreadyExistsError,
    JobRefusedError,
    NotFoundError,
    ObjectMissingError,
    UnavailableError,
)
from headrace.pipeline import Pipeline
from headrace.services.protocol import Failure, JobReport, JobState, Moments, index_of, task_name
from headrace.staging.plan import PLAN_VARIABLE, Plan
from snakemake_executor_plugin_lifesciences.adopting import BEGUN
from snakemake_executor_plugin_lifesciences.dispatching import Dispatcher
from snakemake_executor_plugin_lifesciences.naming import job_key
from snakemake_executor_plugin_lifesciences.options import JobOptions
from snakemake_executor_plugin_lifesciences.preparing import Prepared
from snakemake_executor_plugin_lifesciences.submitting import StoppedError, Submitter
from tests.unit.services.pipelines import MINIMAL


@dataclass
class Cloud:
    """A service and a bucket in memory. `states` are those of tasks by name, running if absent."""

    jobs: dict[str, Pipeline] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    states: dict[str, JobState] = field(default_factory=dict)
    ended: dict[str, datetime] = field(default_factory=dict)
    error: Exception | None = None
    max_tasks: int = 100

    def submit(self, job_id: str, pipeline: Pipeline) -> str:
        if self.error is not None:
            raise self.error
        if job_id in self.jobs:
            raise AlreadyExistsError(f"{job_id} exists.")
        self.jobs[job_id] = pipeline
        return f"jobs/{job_id}"

    def find(self, job_id: str, labels: Mapping[str, str]) -> JobReport:
        for report in self.list_jobs(labels):
            if report.job_id == job_id:
                return report
        raise NotFoundError(job_id)

    def list_jobs(self, labels: Mapping[str, str]) -> Iterator[JobReport]:
        assert labels
        for job_id, pipeline in list(self.jobs.items()):
            name = f"jobs/{job_id}"
            state = self.states.get(name, JobState.RUNNING)
            moments = Moments(ended=self.ended.get(name))
            yield JobReport(name, job_id, state, moments=moments, tasks=pipeline.tasks)

    def list_tasks(self, name: str) -> Iterator[JobReport]:
        for index in reversed(range(self.jobs[name.removeprefix("jobs/")].tasks)):
            task = task_name(name, index)
            moments = Moments(ended=self.ended.get(task))
            state = self.states.get(task, JobState.RUNNING)
            yield JobReport(task, task.removeprefix("jobs/"), state, moments=moments)

    def explain(self, name: str) -> Failure:
        raise NotImplementedError

    def cancel(self, name: str) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    # What the bucket does

    def write(self, address: str, document: bytes) -> None:
        self.objects[address] = document

    def read(self, address: str) -> bytes:
        if address not in self.objects:
            raise ObjectMissingError(address)
        return self.objects[address]

    def newest_first(self, folder: str) -> list[str]:
        return [name for name in reversed(self.objects) if name.startswith(f"{folder}/")]

    def written_since(self, address: str, moment: datetime) -> bool:
        return self.ended.get(address, moment - timedelta(days=1)) >= moment


def head(cloud: Cloud) -> Any:
    settings = SimpleNamespace(
        run="run-1", work="gs://results/work/run-1", patience=0.1, start_deadline=1440
    )
    return SimpleNamespace(
        settings=settings,
        logger=logging.getLogger("test"),
        service=cloud,
        folders=cloud,
        gate=SimpleNamespace(check=lambda: None),
        claims=SimpleNamespace(together=list),
    )


def submitter(cloud: Cloud) -> Submitter:
    """Return that of a head that begins now."""
    return Submitter(head(cloud))


def job(number: int, **changes: Any) -> Prepared:
    made = Prepared(
        job=None,
        title="align",
        plan=Plan("", (), (), (), ()),
        key=job_key(number),
        pipeline=MINIMAL,
        options=JobOptions(),
    )
    return replace(made, **changes)


def jobs(count: int) -> list[Prepared]:
    return [job(number) for number in range(count)]


def test_like_jobs_are_one_request_and_each_knows_its_place() -> None:
    cloud = Cloud()
    places = submitter(cloud).submit(jobs(5))
    ((id_, pipeline),) = cloud.jobs.items()
    assert pipeline.tasks == 5
    for number, one in enumerate(jobs(5)):
        place = places[one.key]
        assert index_of(place.name) == number
        assert place.folder == f"gs://results/work/run-1/{id_}/{number:05d}-{one.key}"
        assert not place.adopted
    assert len(cloud.objects) == 1, "one object holds all plans"


@given(st.sets(st.integers(0, 7), min_size=1), st.sets(st.integers(0, 7)))
def test_a_second_head_takes_up_whatever_part_of_an_array_it_still_wants(
    wanted: set[int], failed: set[int]
) -> None:
    cloud = Cloud()
    first = submitter(cloud).submit(jobs(8))
    (array,) = cloud.jobs
    cloud.states = {task_name(f"jobs/{array}", number): JobState.FAILED for number in failed}
    asked = [job(number) for number in sorted(wanted)]
    second = submitter(cloud).submit(asked)
    assert set(second) == {one.key for one in asked}
    for number in wanted - failed:
        assert second[job_key(number)].name == first[job_key(number)].name
        assert second[job_key(number)].adopted
    for number in wanted & failed:
        assert not second[job_key(number)].adopted
    again = [pipeline for id_, pipeline in cloud.jobs.items() if id_ != array]
    assert sum(pipeline.tasks for pipeline in again) == len(wanted & failed)
    assert len(again) <= 1


@pytest.mark.parametrize(
    ("age", "awaited", "adopted"),
    [(-1, False, True), (3600, False, False), (3600, True, True)],
    ids=["ended since this head began", "ended before", "ended while its head waited for it"],
)
def test_a_task_that_succeeded_is_taken_up_only_if_somebody_was_waiting_for_it(
    age: float, awaited: bool, adopted: bool
) -> None:
    cloud = Cloud()
    first = submitter(cloud).submit(jobs(2))
    (array,) = cloud.jobs
    moment = BEGUN - timedelta(seconds=age)
    for one in [f"jobs/{array}", *(place.name for place in first.values())]:
        cloud.states[one], cloud.ended[one] = JobState.SUCCEEDED, moment
    names = frozenset({first[job_key(0)].name} if awaited else ())
    places = submitter(cloud).submit([job(0, awaited=names)])
    assert places[job_key(0)].adopted == adopted


def test_a_task_taken_up_and_then_lost_is_started_afresh() -> None:
    cloud = Cloud()
    submitter(cloud).submit(jobs(3))
    second = submitter(cloud)
    lost = second.submit(jobs(3))
    cloud.states |= {place.name: JobState.FAILED for place in lost.values()}
    fresh = second.submit(jobs(3))
    assert not any(place.adopted for place in fresh.values())
    assert len(cloud.jobs) == 2


def test_a_job_that_an_earlier_head_sent_alone_is_taken_up_alone() -> None:
    cloud = Cloud()
    first = submitter(cloud).submit([job(1)])
    second = submitter(cloud).submit(jobs(3))
    assert second[job_key(1)].name == first[job_key(1)].name
    assert sorted(pipeline.tasks for pipeline in cloud.jobs.values()) == [1, 2]


def test_heads_that_form_the_same_array_share_it_though_neither_saw_the_other() -> None:
    cloud = Cloud()
    late = submitter(cloud)
    late.submit([job(99)])  # so that it has looked already
    first = submitter(cloud).submit(jobs(4))
    second = late.submit(jobs(4))
    assert {key: place.name for key, place in second.items()} == {
        key: place.name for key, place in first.items()
    }


def test_a_head_that_could_not_look_does_not_believe_that_there_is_nothing() -> None:
    cloud = Cloud()
    submitter(cloud).submit(jobs(2))
    kept, cloud.objects = cloud.objects, {}
    broken = submitter(cloud)

    def unreadable(address: str) -> bytes:
        raise UnavailableError(address)

    cloud.read = unreadable  # type: ignore[method-assign] # a bucket out of reach
    with pytest.raises(UnavailableError):
        broken.submit(jobs(2))
    del cloud.read
    cloud.objects = kept
    assert all(place.adopted for place in broken.submit(jobs(2)).values())


def test_a_job_whose_answer_never_came_is_remembered_as_doubtful() -> None:
    cloud = Cloud(error=UnavailableError("no answer"))
    made = submitter(cloud)
    with pytest.raises(UnavailableError):
        made.submit(jobs(2))
    assert len(made.doubtful) == 1
    refused = submitter(Cloud(error=JobRefusedError("never")))
    with pytest.raises(JobRefusedError):
        refused.submit(jobs(2))
    assert refused.doubtful == set()


def test_once_stopped_nothing_is_submitted() -> None:
    cloud = Cloud()
    made = submitter(cloud)
    made.stop()
    with pytest.raises(StoppedError):
        made.submit(jobs(2))
    assert cloud.jobs == {}


@pytest.mark.parametrize("error", [JobRefusedError("too large"), RuntimeError("a bug")])
def test_whatever_goes_wrong_in_the_pool_every_job_hears_of_it(error: Exception) -> None:
    cloud = Cloud(error=error)
    dispatcher = Dispatcher(head(cloud), submitter(cloud))
    flights = dispatcher.dispatch(jobs(3))
    for flight in flights:
        with pytest.raises(type(error), match=str(error)):
            flight.land()
        assert flight.submitted
    assert set(dispatcher.stop()) == set(flights), "they are in flight until they are given back"


def test_jobs_that_go_singly_find_their_plans_together_and_by_the_next_id_alone() -> None:
    cloud = Cloud(max_tasks=1)
    earlier = submitter(cloud).submit([job(1)])[job_key(1)]
    cloud.states[earlier.name] = JobState.FAILED
    cloud.objects.clear()
    dispatcher = Dispatcher(head(cloud), submitter(cloud))
    places = [flight.submission.result() for flight in dispatcher.dispatch(jobs(4))]
    assert [list(place) for place in places] == [[job_key(number)] for number in range(4)]
    bundle, alone = sorted(cloud.objects, key=lambda address: address.endswith("plan.json"))
    assert alone == f"{places[1][job_key(1)].folder}/plan.json"
    told = [pipeline.environment[PLAN_VARIABLE] for pipeline in cloud.jobs.values()]
    assert sum(address.startswith(f"{bundle}#") for address in told) == 3
    assert told[0] == f"{earlier.folder}/plan.json"
    dispatcher.stop()


def test_a_dispatcher_knows_what_is_in_flight_until_it_is_given_back() -> None:
    cloud = Cloud()
    dispatcher = Dispatcher(head(cloud), submitter(cloud))
    flights = dispatcher.dispatch([*jobs(3), job(9, pipeline=replace(MINIMAL, timeout_seconds=1))])
    assert [flight.prepared.key for flight in flights] == [job_key(n) for n in (0, 1, 2, 9)]
    assert dispatcher.ages().landing
    for flight in flights:
        flight.land()
    assert not dispatcher.ages().landing
    dispatcher.forget(flights[0])
    assert set(dispatcher.stop()) == set(flights[1:])

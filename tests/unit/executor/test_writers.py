"""What an earlier head left running is waited for if it does the work, and is else in the way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from headrace.services.protocol import JobReport, JobState, Moments
from headrace.staging.plan import Carried, Input, Output, Plan, Step
from snakemake_executor_plugin_lifesciences.bundles import Bundle
from snakemake_executor_plugin_lifesciences.preparing import Prepared
from snakemake_executor_plugin_lifesciences.writers import Writer, Writers, read_singles
from tests.unit.executor.test_submitting import Cloud, job, submitter

WORK = "gs://results/work/run-1"
SUBMITTED = datetime(2026, 11, 26, tzinfo=UTC)


def step(name: str) -> Step:
    return Step(name, "any-image", f"make {name}")


def output(name: str, number: int = 0) -> Output:
    return Output(f"gs://b/{name}", name, number)


def given(name: str) -> Input:
    return Input(f"gs://b/{name}", name)


GROUP = Plan(
    folder="gs://b/work/r/first-second-0123-0",
    inputs=(given("reads"), given("index")),
    carried=(Carried("script", b"x"),),
    steps=(step("first"), step("second")),
    outputs=(output("first"), output("second", 1)),
)
REST = Plan("", (given("first"), given("index")), (), (step("second"),), (output("second"),))
"""What is left to do once the group has stored its first result."""

WRITER = Writer(
    JobReport("n", "first-second-0123-0", JobState.RUNNING, moments=Moments(submitted=SUBMITTED)),
    GROUP,
)


def wanted(plan: Plan, **written: timedelta) -> Prepared:
    times = {f"gs://b/{name}": (SUBMITTED + age).timestamp() for name, age in written.items()}
    return job(1, plan=plan, inputs_written=times)


def changed(**parts: Any) -> Plan:
    return msgspec.structs.replace(REST, **parts)


def test_a_job_does_all_of_what_is_left_of_it() -> None:
    hour = timedelta(hours=1)
    assert WRITER.covers(wanted(REST))
    assert WRITER.covers(wanted(REST, first=hour, index=-hour)), "it has just made `first` itself"


@pytest.mark.parametrize(
    "plan",
    [
        changed(steps=(step("other"),)),
        changed(outputs=(output("second"), output("third"))),
        changed(inputs=(given("other"),)),
        changed(carried=(Carried("script", b"y"),)),
    ],
    ids=["another command", "more results", "another input", "another script"],
)
def test_a_job_that_differs_is_no_substitute(plan: Plan) -> None:
    assert not WRITER.covers(wanted(plan))


def test_a_job_that_was_there_before_its_inputs_is_no_substitute() -> None:
    assert not WRITER.covers(wanted(REST, index=timedelta(seconds=1)))


def test_a_writer_is_found_by_its_results_unless_it_is_the_job_itself() -> None:
    writers = Writers()
    writers.add([WRITER])
    assert list(writers.others_than(wanted(REST))) == [WRITER]
    assert list(writers.others_than(wanted(changed(outputs=(output("x"),))))) == []
    assert list(writers.others_than(replace(wanted(REST), key="0123"))) == []


def test_the_rest_of_a_group_waits_for_the_group_until_that_is_lost() -> None:
    cloud = Cloud()
    first = submitter(cloud).submit([job(0, plan=GROUP)])[job(0).key]
    second = submitter(cloud)
    place = second.submit([wanted(REST)])[job(1).key]
    assert (place.name, place.adopted) == (first.name, True)
    assert place.plan is not None
    assert place.plan.steps == GROUP.steps
    cloud.states[first.name] = JobState.FAILED
    assert second.submit([wanted(REST)])[job(1).key].name != first.name


def test_plans_that_were_stored_together_are_found_and_no_older_bundle_is_read() -> None:
    cloud = Cloud()
    jobs = [job(number, plan=changed(outputs=(output(f"o{number}"),))) for number in range(4)]
    reports = []
    for two in (jobs[:2], jobs[2:]):
        bundle = Bundle(two, WORK, cloud.write)
        bundle.address(two[0].key)
        reports += [JobReport(f"jobs/{id_}", id_, JobState.RUNNING) for id_ in bundle.job_ids]
    oldest = next(iter(cloud.objects))
    cloud.objects[oldest] = b"not read"
    found = read_singles(reports[2:], WORK, cloud)
    assert [writer.plan.outputs for writer in found] == [one.plan.outputs for one in jobs[2:]]
    assert [writer.key for writer in found] == [one.key for one in jobs[2:]]
    assert len(read_singles(reports, WORK, cloud)) == 2, "what is damaged is nobody's plan"


@pytest.mark.parametrize("tasks", [1, 2])
def test_what_is_in_the_way_ends_before_anything_is_started(
    tasks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job of its own is cancelled; a task is waited for, because others share its array."""
    cloud = Cloud()
    old = [job(0, plan=changed(steps=(step("old"),))), job(9)][:tasks]
    name = submitter(cloud).submit(old)[job(0).key].name
    second = submitter(cloud)
    cancelled: list[str] = []
    waits: list[int] = []

    def sleep(seconds: float) -> None:
        assert seconds > 0
        waits.append(len(cloud.jobs))
        cloud.states[name] = JobState.CANCELLED

    monkeypatch.setattr(cloud, "cancel", cancelled.append)
    monkeypatch.setattr(second, "_sleep", sleep)
    place = second.submit([wanted(REST)])[job(1).key]
    assert not place.adopted
    assert waits == [1], "nothing is started meanwhile"
    assert cancelled == ([name] if tasks == 1 else [])

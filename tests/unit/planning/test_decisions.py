"""headrace.planning.decisions: what a head decided holds for the next, as far as it still fits."""

import pytest
from msgspec.structs import replace

from headrace import records
from headrace.errors import RecordError
from headrace.planning.decisions import Decision, applied, decided, read
from headrace.planning.graph import MachineOptions, PlannedJob, PlannedWorkflow
from headrace.planning.simulation import Grouping


def job(jobid: int, rule: str, *after: int) -> PlannedJob:
    return PlannedJob(jobid=jobid, rule=rule, after=after, image="i")


CHAIN = PlannedWorkflow(jobs=(job(1, "a"), job(2, "b", 1), job(3, "c", 2), job(4, "d", 3)))
DECISION = Decision("auto", (("a", "b"), ("c", "d")))


def changed(number: int, **changes: object) -> PlannedWorkflow:
    """Return the chain with one job changed."""
    jobs = [replace(one, **changes) if one.jobid == number else one for one in CHAIN.jobs]
    return PlannedWorkflow(jobs=tuple(jobs))


def test_a_decision_outlives_the_numbers_of_its_jobs() -> None:
    assert decided("auto", CHAIN, Grouping(((1, 2), (3, 4)))) == DECISION
    renumbered = PlannedWorkflow(jobs=(job(1, "d", 2), job(2, "c", 3), job(3, "b", 4), job(4, "a")))
    assert set(applied(DECISION, renumbered).groups) == {(4, 3), (2, 1)}


def test_a_kept_decision_is_read_as_it_was() -> None:
    assert read(records.encode_json(DECISION), "groups.json") == DECISION
    with pytest.raises(RecordError, match=r"groups\.json"):
        read(b'{"groups": []}', "groups.json")


@pytest.mark.parametrize(
    "workflow",
    [
        changed(3, rule="other"),
        changed(3, local=True),
        changed(3, options=MachineOptions(spot=True)),
        changed(4, after=(2,)),
    ],
    ids=["a job is gone", "a job runs on the head", "they differ in options", "nothing joins them"],
)
def test_what_no_longer_fits_is_left_out(workflow: PlannedWorkflow) -> None:
    assert applied(DECISION, workflow).groups == ((1, 2),)


def test_groups_that_would_wait_for_each_other_by_now_are_left_out() -> None:
    crossed = PlannedWorkflow(
        jobs=(job(1, "a"), job(2, "b", 1, 3), job(3, "c", 1), job(4, "d", 3, 2))
    )
    assert applied(DECISION, crossed).groups == ()

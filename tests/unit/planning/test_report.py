"""headrace.planning.report: what a run would take, with each proposal, and why."""

import pytest

from headrace.planning.assumptions import PUBLISHED
from headrace.planning.graph import PlannedFile, PlannedJob, PlannedWorkflow
from headrace.planning.report import APART, ARRAYS, BOTH, FUSED, Keeping, plan
from headrace.planning.simulation import Quota


def job(jobid: int, rule: str, *after: int, **more: object) -> PlannedJob:
    return PlannedJob(jobid=jobid, rule=rule, after=after, image="i", **more)  # type: ignore[arg-type]


SAMPLES = PlannedWorkflow(
    jobs=(
        *(
            one
            for start in (1, 3, 5)
            for one in (
                job(start, "check", inputs=(PlannedFile(f"in{start}", None),)),
                job(start + 1, "align", start),
            )
        ),
        job(7, "judge", 2, 4, 6),
        job(8, "all", 7, local=True),
    )
)
MADE = plan(
    SAMPLES,
    dict.fromkeys(range(1, 9), 30.0),
    "measured",
    assumptions=PUBLISHED,
    quota=Quota(vms=2),
)


def test_each_proposal_tells_machines_calls_money_and_time() -> None:
    found = {one.name: one for one in MADE.report.outlooks}
    assert list(found) == [APART, FUSED, ARRAYS, BOTH]
    assert [one.machines for one in found.values()] == [7, 4, 5, 3]
    assert [one.submissions for one in found.values()] == [7, 4, 3, 2]
    assert found[FUSED].cost < found[APART].cost
    assert found[BOTH].makespan < found[FUSED].makespan < found[APART].makespan
    assert found[FUSED].critical_path[-2:] == ("judge", "all")


def test_groups_of_the_same_rules_are_told_as_one() -> None:
    [sharing] = MADE.report.sharing
    assert (sharing.rules, sharing.machines, sharing.jobs) == (("check", "align"), 3, 6)
    apart, fused = MADE.report.outlooks[:2]
    assert sharing.cost_apart - sharing.cost == pytest.approx(apart.cost - fused.cost)


def test_what_stays_apart_is_told_with_its_reason() -> None:
    assert MADE.report.keeping == (Keeping("judge", 1, "it gathers what others do side by side"),)


def test_what_was_taken_for_granted_is_told() -> None:
    assert (MADE.report.jobs, MADE.report.jobs_on_head, MADE.report.rules) == (8, 1, 4)
    assert (MADE.report.tool_seconds, MADE.report.source) == (210, "measured")
    assert MADE.report.unsized == 3


def test_nothing_to_do_is_no_error() -> None:
    nothing = plan(PlannedWorkflow(), {}, "x", assumptions=PUBLISHED, quota=Quota())
    assert [one.machines for one in nothing.report.outlooks] == [0, 0, 0, 0]

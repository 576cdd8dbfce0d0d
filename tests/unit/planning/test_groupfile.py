"""headrace.planning.groupfile: groups of rules, written once and read by every run."""

import pytest

from headrace.errors import InputError
from headrace.planning.fusing import MOST_MEMBERS, propose
from headrace.planning.graph import MachineOptions, PlannedJob, PlannedWorkflow
from headrace.planning.groupfile import GroupFile, grouping, of_proposal, read
from headrace.planning.simulation import Grouping


def job(jobid: int, rule: str, *after: int, **more: object) -> PlannedJob:
    return PlannedJob(
        jobid=jobid,
        rule=rule,
        after=after,
        image="i",
        wildcards={"n": str(jobid)},
        **more,  # type: ignore[arg-type]
    )


TWO_CHAINS = PlannedWorkflow(
    jobs=(job(1, "a"), job(2, "b", 1), job(3, "a"), job(4, "b", 3), job(5, "end", 2, 4))
)
FILE = GroupFile({"a": "chain", "b": "chain"})


def test_jobs_of_the_rules_share_a_machine_if_one_reads_what_another_makes() -> None:
    assert grouping(TWO_CHAINS, FILE) == Grouping(((1, 2), (3, 4)))


def test_a_proposal_becomes_a_file_that_groups_the_same() -> None:
    proposal = propose(TWO_CHAINS, dict.fromkeys(range(1, 6), 20))
    file = of_proposal(TWO_CHAINS, proposal)
    assert file == GroupFile({"a": "a", "b": "a"})
    assert grouping(TWO_CHAINS, file) == proposal.grouping


def test_a_machine_that_would_wait_for_itself_is_left_out() -> None:
    workflow = PlannedWorkflow(jobs=(job(1, "a"), job(2, "x", 1), job(3, "b", 1, 2)))
    assert grouping(workflow, FILE) == Grouping()


def test_machines_that_would_wait_for_each_other_are_left_out() -> None:
    jobs = (job(1, "a"), job(2, "c"), job(3, "b", 1, 2), job(4, "d", 2, 1))
    file = GroupFile({"a": "one", "b": "one", "c": "two", "d": "two"})
    assert grouping(PlannedWorkflow(jobs=jobs), file) == Grouping()


def test_what_breaks_a_limit_is_left_out() -> None:
    other = PlannedWorkflow(jobs=(job(1, "a"), job(2, "b", 1, options=MachineOptions(spot=True))))
    assert grouping(other, FILE) == Grouping()
    many = [job(1, "a"), *(job(number, "b", 1) for number in range(2, MOST_MEMBERS + 2))]
    assert grouping(PlannedWorkflow(jobs=tuple(many)), FILE) == Grouping()


def test_jobs_that_must_be_alone_are_left_out() -> None:
    jobs = (job(1, "a"), job(2, "b", 1), job(3, "b", 1, unknown=True))
    assert grouping(PlannedWorkflow(jobs=jobs), FILE) == Grouping(((1, 2),))


def test_a_rule_that_is_not_there_is_named_with_the_nearest() -> None:
    text = "groups:\n  trim_pared: sample\n"
    with pytest.raises(InputError, match="no rule 'trim_pared'; did you mean 'trim_paired'"):
        read(text, "groups.yaml", {"trim_paired", "align"})

"""headrace.planning.fusing: which jobs should share a machine, and which must not."""

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.planning.fusing import (
    DELAYING,
    MOST_DELAY,
    MOST_MEMBERS,
    MOST_MINUTES,
    Proposal,
    propose,
    why_alone,
)
from headrace.planning.graph import MachineOptions, PlannedJob, PlannedWorkflow, to_dag
from headrace.planning.simulation import simulate
from headrace.planning.vms import vm_for

SAMPLES = ("s1", "s2", "s3")


class Sketch:
    """A workflow in the making; each job is asked for by its rule and those before it."""

    def __init__(self) -> None:
        self.jobs: list[PlannedJob] = []

    def add(self, rule: str, *after: int, **more: object) -> int:
        fields: dict[str, object] = {
            "image": rule,
            "threads": 2,
            "mem_mb": 1000,
            "disk_mb": 10_000,
            "runtime_minutes": 30,
        }
        jobid = len(self.jobs) + 1
        made = PlannedJob(jobid=jobid, rule=rule, after=after, **(fields | more))  # type: ignore[arg-type]
        self.jobs.append(made)
        return jobid

    @property
    def workflow(self) -> PlannedWorkflow:
        return PlannedWorkflow(jobs=tuple(self.jobs))

    def proposal(self, seconds: float = 20) -> Proposal:
        return propose(self.workflow, {job.jobid: seconds for job in self.jobs})

    def groups(self, seconds: float = 20) -> list[list[str]]:
        rules = {job.jobid: job.rule for job in self.jobs}
        return [[rules[one] for one in group.jobs] for group in self.proposal(seconds).fused]

    def reasons(self, seconds: float = 20) -> dict[str, str]:
        rules = {job.jobid: job.rule for job in self.jobs}
        return {rules[one.jobid]: one.reason for one in self.proposal(seconds).apart}


def samples(sketch: Sketch) -> list[int]:
    """Seven steps for each sample, of which some need an index that all share."""
    index = sketch.add("index")
    ends = []
    for name in SAMPLES:
        wildcards = {"sample": name}
        check = sketch.add("check", wildcards=wildcards)
        quality = sketch.add("quality", check, wildcards=wildcards)
        trim = sketch.add("trim", check, wildcards=wildcards)
        align = sketch.add("align", trim, index, wildcards=wildcards)
        mark = sketch.add("mark", align, wildcards=wildcards)
        call = sketch.add("call", mark, index, wildcards=wildcards)
        ends.append(sketch.add("metrics", check, quality, call, wildcards=wildcards))
    return ends


def test_the_steps_of_a_sample_share_a_machine_and_the_index_has_its_own() -> None:
    sketch = Sketch()
    samples(sketch)
    seven = {"check", "quality", "trim", "align", "mark", "call", "metrics"}
    groups = sketch.groups()
    assert [set(group) for group in groups] == [seven] * len(SAMPLES)
    assert all(len(group) == len(seven) for group in groups)


def test_what_gathers_all_samples_joins_none_of_them_but_its_own_followers_join_it() -> None:
    sketch = Sketch()
    judge = sketch.add("judge", *samples(sketch))
    sketch.add("report", judge, *range(1, judge))
    assert sketch.groups()[-1] == ["judge", "report"]
    assert sketch.reasons() == {"judge": "it gathers what others do side by side"}


def test_the_lanes_of_a_sample_stay_side_by_side_unless_they_are_short() -> None:
    sketch = Sketch()
    for name in SAMPLES:
        lanes = [sketch.add("align", wildcards={"lane": name + lane}) for lane in "12"]
        sketch.add("merge", *lanes, wildcards={"sample": name})
    assert sketch.groups(600) == []
    assert sketch.groups(20) == [["align", "align", "merge"]] * len(SAMPLES)


def test_a_small_step_does_not_move_onto_a_large_machine() -> None:
    sketch = Sketch()
    sketch.add("align", sketch.add("check", threads=1), threads=32, mem_mb=60_000)
    assert sketch.groups() == []
    assert sketch.reasons() == {"align": "together on e2-standard-32 they would cost more"}


def test_jobs_with_other_options_stay_apart() -> None:
    sketch = Sketch()
    sketch.add("b", sketch.add("a"), options=MachineOptions(spot=True))
    assert sketch.reasons() == {"b": "They ask for different lifesciences_… resources."}


def test_disks_that_add_up_to_more_than_a_boot_costs_stay_apart() -> None:
    sketch = Sketch()
    sketch.add("b", sketch.add("a", disk_mb=5_000_000), disk_mb=5_000_000)
    assert "would cost more" in sketch.reasons(3600)["b"]


def test_limits_are_not_added_up_beyond_a_week() -> None:
    sketch = Sketch()
    half = MOST_MINUTES // 2 + 1
    sketch.add("b", sketch.add("a", runtime_minutes=half), runtime_minutes=half)
    assert sketch.reasons() == {"b": "their time limits add up to more than seven days"}


def test_a_long_chain_is_cut_where_a_definition_would_grow_too_long() -> None:
    sketch = Sketch()
    last: tuple[int, ...] = ()
    for number in range(MOST_MEMBERS + 5):
        last = (sketch.add(f"step{number}", *last),)
    assert [len(group) for group in sketch.groups()] == [MOST_MEMBERS, 5]


def test_a_spot_machine_takes_no_chain_that_is_lost_too_often() -> None:
    sketch = Sketch()
    spot = MachineOptions(spot=True)
    sketch.add("b", sketch.add("a", options=spot), options=spot)
    assert sketch.groups(60) == [["a", "b"]]
    assert "would cost more" in sketch.reasons(12 * 3600)["b"]


def test_a_path_never_leaves_a_machine_and_returns() -> None:
    sketch = Sketch()
    first = sketch.add("first")
    middle = sketch.add("middle", first, direct=False)
    sketch.add("last", first, middle)
    assert sketch.groups() == []


def test_a_long_step_does_not_join_a_short_one_that_others_wait_for() -> None:
    sketch = Sketch()
    short = sketch.add("short", disk_mb=1000)
    sketch.add("long", short, disk_mb=1000)
    sketch.add("other", short, local=True)
    seconds = {1: 1, 2: 5000, 3: 5000}
    proposal = propose(sketch.workflow, seconds)
    assert proposal.fused == ()
    assert {one.reason for one in proposal.apart if one.jobid == 2} == {DELAYING}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"local": True}, "it runs on the head"),
        ({"group": "g"}, "the workflow has grouped it itself"),
        ({"pipe": "p"}, "the workflow has grouped it itself"),
        ({"unknown": True}, "a checkpoint may still change it"),
        ({"direct": False}, "it needs Snakemake in its machine"),
        ({"threads": 1000}, "No machine of e2, n2, n2d has 1000 vCPUs"),
    ],
)
def test_some_jobs_share_no_machine(fields: dict[str, object], reason: str) -> None:
    sketch = Sketch()
    sketch.add("after", sketch.add("a", **fields))
    assert sketch.groups() == []
    assert sketch.reasons()["a"].startswith(reason)


def test_the_same_is_proposed_whatever_the_jobs_are_numbered() -> None:
    sketch = Sketch()
    samples(sketch)
    renumbered = {job.jobid: 100 - job.jobid for job in sketch.jobs}
    other = Sketch()
    other.jobs = [
        PlannedJob(
            jobid=renumbered[job.jobid],
            rule=job.rule,
            wildcards=job.wildcards,
            after=tuple(renumbered[one] for one in job.after),
            threads=job.threads,
            image=job.image,
        )
        for job in sketch.jobs
    ]

    def named(of: Sketch) -> set[frozenset[str]]:
        names = {job.jobid: job.name for job in of.jobs}
        return {frozenset(names[one] for one in group.jobs) for group in of.proposal().fused}

    assert named(sketch) == named(other)


@st.composite
def workflows(draw: st.DrawFn) -> PlannedWorkflow:
    """Up to 14 jobs in any order, of few rules, some of which no machine may share."""
    jobs: list[PlannedJob] = []
    for jobid in range(1, draw(st.integers(1, 14)) + 1):
        after = draw(st.sets(st.integers(1, jobid - 1), max_size=3)) if jobid > 1 else set()
        jobs.append(
            PlannedJob(
                jobid=jobid,
                rule=draw(st.sampled_from("abcd")),
                wildcards={"n": str(jobid)},
                threads=draw(st.sampled_from([1, 2, 8, 32])),
                mem_mb=draw(st.sampled_from([500, 4000, 60_000])),
                disk_mb=draw(st.sampled_from([1000, 500_000])),
                runtime_minutes=draw(st.sampled_from([10, 5000])),
                after=tuple(after),
                image=draw(st.sampled_from(["x", "y"])),
                direct=draw(st.integers(0, 9)) > 0,
                local=draw(st.integers(0, 9)) == 0,
                unknown=draw(st.integers(0, 9)) == 0,
                options=MachineOptions(spot=draw(st.integers(0, 4)) == 0),
            )
        )
    return PlannedWorkflow(jobs=tuple(jobs))


@given(workflows(), st.data())
def test_a_proposal_breaks_no_limit_and_costs_no_more(
    workflow: PlannedWorkflow, data: st.DataObject
) -> None:
    seconds = {job.jobid: data.draw(st.sampled_from([1, 60, 5000])) for job in workflow.jobs}
    proposal = propose(workflow, seconds)
    jobs = {job.jobid: job for job in workflow.jobs}
    grouped = [one for group in proposal.fused for one in group.jobs]
    assert len(set(grouped)) == len(grouped)
    for group in proposal.fused:
        members = [jobs[one] for one in group.jobs]
        assert len(members) > 1
        assert all(why_alone(member) is None for member in members)
        assert sum(member.runtime_minutes for member in members) <= MOST_MINUTES
        assert vm_for(members).type.name == group.machine
        assert group.cost < group.cost_apart
        _assert_convex(workflow, set(group.jobs))
    apart = simulate(workflow, seconds)
    fused = simulate(workflow, seconds, proposal.grouping)  # raises if groups wait for each other
    assert fused.jobs.keys() == apart.jobs.keys()
    assert fused.cost <= apart.cost + 1e-9
    assert fused.makespan <= MOST_DELAY * apart.makespan + 1e-6


def _assert_convex(workflow: PlannedWorkflow, group: set[int]) -> None:
    dag = to_dag(workflow)
    after = set().union(*(nx.descendants(dag, one) for one in group)) - group
    before = set().union(*(nx.ancestors(dag, one) for one in group)) - group
    assert not after & before, "a path leaves the group and comes back"

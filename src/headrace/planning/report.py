"""What `headrace plan` tells: how a run would go with each proposal, and why."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from headrace.planning.assumptions import Assumptions
from headrace.planning.fusing import Fused, Proposal, propose
from headrace.planning.graph import PlannedJob, PlannedWorkflow
from headrace.planning.simulation import Grouping, Quota, Simulation, simulate, units

APART = "apart"
FUSED = "fused"
ARRAYS = "arrays"
BOTH = "both"


class Outlook(msgspec.Struct, frozen=True):
    """How a run would go: US dollars, and seconds.

    Attributes:
        name: of the proposal.
        machines: how many boot.
        submissions: jobs of the service; in arrays, like jobs are one.
        machine_seconds: that are paid for, of all machines together.
        cost: of all machines.
        makespan: until all is done.
        critical_path: names of the jobs that the end waits for, first to last.
    """

    name: str
    machines: int
    submissions: int
    machine_seconds: float
    cost: float
    makespan: float
    critical_path: tuple[str, ...]


class Sharing(msgspec.Struct, frozen=True):
    """Rules whose jobs should share machines; US dollars of all of them, as proposed and apart."""

    rules: tuple[str, ...]
    machine: str
    machines: int
    jobs: int
    cost: float
    cost_apart: float


class Keeping(msgspec.Struct, frozen=True):
    """Jobs of a rule that should stay apart from those before them, and why."""

    rule: str
    jobs: int
    reason: str


class Report(msgspec.Struct, frozen=True):
    """All of it; `tool_seconds` are those of the commands alone, and `source` tells whose they are.

    Attributes:
        unsized: input files whose size nobody knows; they count as nothing.
        assumptions: what machines are taken to need besides.
    """

    jobs: int
    jobs_on_head: int
    rules: int
    tool_seconds: float
    source: str
    unsized: int
    assumptions: Assumptions
    outlooks: tuple[Outlook, ...]
    sharing: tuple[Sharing, ...]
    keeping: tuple[Keeping, ...]


@dataclass(frozen=True)
class Planned:
    """A report with what it is made of."""

    report: Report
    proposal: Proposal
    simulation: Simulation


def plan(
    workflow: PlannedWorkflow,
    seconds: Mapping[int, float],
    source: str,
    *,
    assumptions: Assumptions,
    quota: Quota,
) -> Planned:
    """Propose groups and simulate them; `source` says where the `seconds` of jobs are from.

    Raises:
        InputError: the quota is too small for a single job.
        JobRefusedError: no machine is large enough for a job.
    """
    proposal = propose(workflow, seconds, assumptions=assumptions)
    groups, width = proposal.grouping.groups, quota.vms
    choices = {
        APART: Grouping(),
        FUSED: Grouping(groups),
        ARRAYS: Grouping(array_width=width or len(workflow.jobs) or 1),
        BOTH: Grouping(groups, width or len(workflow.jobs) or 1),
    }
    found = {
        name: simulate(workflow, seconds, choice, assumptions=assumptions, quota=quota)
        for name, choice in choices.items()
    }
    working = [job for job in workflow.jobs if not job.local]
    report = Report(
        jobs=len(workflow.jobs),
        jobs_on_head=len(workflow.jobs) - len(working),
        rules=len({job.rule for job in workflow.jobs}),
        tool_seconds=sum(seconds[job.jobid] for job in working),
        source=source,
        unsized=_unsized(working),
        assumptions=assumptions,
        outlooks=tuple(_outlook(name, workflow, choices[name], one) for name, one in found.items()),
        sharing=tuple(_sharing(workflow, proposal)),
        keeping=tuple(_keeping(workflow, proposal)),
    )
    return Planned(report, proposal, found[FUSED])


def _unsized(jobs: Iterable[PlannedJob]) -> int:
    """Count files that come from outside the run and whose size is not known."""
    made = {file.path for job in jobs for file in job.outputs}
    read = {file.path: file.size for job in jobs for file in job.inputs}
    return sum(size is None and path not in made for path, size in read.items())


def _outlook(
    name: str, workflow: PlannedWorkflow, grouping: Grouping, found: Simulation
) -> Outlook:
    names = {job.jobid: job.name for job in workflow.jobs}
    return Outlook(
        name=name,
        machines=len(found.vms),
        submissions=_submissions(workflow, grouping),
        machine_seconds=found.vm_seconds,
        cost=found.cost,
        makespan=found.makespan,
        critical_path=tuple(names[one] for one in found.critical_path),
    )


def _submissions(workflow: PlannedWorkflow, grouping: Grouping) -> int:
    working = [unit for unit in units(workflow, grouping) if unit.vm is not None]
    return len({unit.kind for unit in working}) if grouping.array_width else len(working)


def _sharing(workflow: PlannedWorkflow, proposal: Proposal) -> Iterable[Sharing]:
    rules = {job.jobid: job.rule for job in workflow.jobs}
    alike: dict[tuple[tuple[str, ...], str], list[Fused]] = defaultdict(list)
    for group in proposal.fused:
        counts = Counter(rules[one] for one in group.jobs)
        steps = tuple(rule if many == 1 else f"{rule} ({many})" for rule, many in counts.items())
        alike[steps, group.machine].append(group)
    for (names, machine), groups in alike.items():
        yield Sharing(
            rules=names,
            machine=machine,
            machines=len(groups),
            jobs=sum(len(group.jobs) for group in groups),
            cost=sum(group.cost for group in groups),
            cost_apart=sum(group.cost_apart for group in groups),
        )


def _keeping(workflow: PlannedWorkflow, proposal: Proposal) -> Iterable[Keeping]:
    rules = {job.jobid: job.rule for job in workflow.jobs if not job.local}
    counted = Counter(
        (rules[one.jobid], one.reason) for one in proposal.apart if one.jobid in rules
    )
    for (rule, reason), jobs in counted.items():
        yield Keeping(rule, jobs, reason)

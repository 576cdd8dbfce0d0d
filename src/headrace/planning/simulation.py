"""What a run would take and cost: list scheduling of its jobs on machines that boot and pull.

Deterministic: whoever has been ready longest comes first, then whoever the order of the workflow
puts first, and whatever fits is started. Time begins at 0, in seconds; money is in US dollars.
"""

import heapq
import math
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import networkx as nx

from headrace.errors import InputError
from headrace.planning import prices
from headrace.planning.assumptions import PUBLISHED, Assumptions
from headrace.planning.graph import PlannedJob, PlannedWorkflow, in_order
from headrace.planning.units import Figures, Unit, expected_seconds, timing, unit_of
from headrace.planning.vms import SECONDS_PER_HOUR


@dataclass(frozen=True)
class Quota:
    """What may be there at once: machines, and vCPUs; None for as many as it takes."""

    vms: int | None = None
    cpus: int | None = None


@dataclass(frozen=True)
class Grouping:
    """Which jobs share a machine.

    Attributes:
        groups: the `jobid`s of each group; jobs that are in none have a machine of their own.
        array_width: like jobs become tasks of one array, of which so many machines at most take
            one task after the other; None for a new machine for each.
    """

    groups: tuple[tuple[int, ...], ...] = ()
    array_width: int | None = None


ALONE = Grouping()
"""Every job on a machine of its own, but for groups of the workflow itself."""


@dataclass(frozen=True)
class JobRun:
    """When a job's command runs, and on which machine; None for the head."""

    start: float
    end: float
    vm: int | None


@dataclass(frozen=True)
class VmRun:
    """One machine's life: asked for, there (from when it is paid for), gone.

    `cost` is what it is expected to cost: a spot machine's work is lost now and then.
    """

    machine: str
    cpus: int
    jobs: tuple[int, ...]
    asked: float
    start: float
    end: float
    cost: float

    @property
    def seconds(self) -> float:
        """How long it stands."""
        return self.end - self.start

    @property
    def billed_seconds(self) -> float:
        """What is paid for."""
        return max(self.seconds, prices.MINIMUM_SECONDS)


@dataclass(frozen=True)
class Simulation:
    """How a run would go.

    Attributes:
        jobs: by `jobid`.
        makespan: seconds until the head knows that all is done.
        critical_path: the `jobid`s of the jobs that the end waited for, first to last.
    """

    jobs: Mapping[int, JobRun]
    vms: tuple[VmRun, ...]
    makespan: float
    critical_path: tuple[int, ...]

    @property
    def cost(self) -> float:
        """US dollars of all machines."""
        return sum(vm.cost for vm in self.vms)

    @property
    def vm_seconds(self) -> float:
        """Seconds that machines stand for, billed as Google bills them."""
        return sum(vm.billed_seconds for vm in self.vms)


class _What(IntEnum):
    """What happens to a unit: its machine is through with it, then the head knows."""

    DONE = 0
    KNOWN = 1


@dataclass
class _Machine:
    """A machine in the simulation: what it has and has done."""

    unit: Unit
    asked: float
    start: float
    end: float = 0.0
    images: frozenset[str] = frozenset()
    jobs: list[int] = field(default_factory=list)
    repeated: float = 0.0

    def take(self, unit: Unit, end: float, expected: float) -> None:
        """Note a unit that it runs until `end`; `expected` are its seconds with repetitions."""
        began = max(self.end, self.start)
        self.repeated += expected - (end - began)
        self.end = end
        self.images |= unit.images
        self.jobs += [job.jobid for job in unit.jobs]

    def life(self) -> VmRun:
        """Return what became of it."""
        vm = self.unit.vm
        if vm is None:
            raise ValueError("the head is no machine of the run")
        return VmRun(
            machine=vm.type.name,
            cpus=vm.type.cpus,
            jobs=tuple(self.jobs),
            asked=self.asked,
            start=self.start,
            end=self.end,
            cost=vm.cost(self.end - self.start) + vm.hourly * self.repeated / SECONDS_PER_HOUR,
        )


def declared(workflow: PlannedWorkflow) -> dict[int, float]:
    """Return the seconds of each job if all run until their time limit: the worst case."""
    return {job.jobid: 60.0 * job.runtime_minutes for job in workflow.jobs}


def units(workflow: PlannedWorkflow, grouping: Grouping = ALONE) -> list[Unit]:
    """Return what machines are asked to do, in the workflow's order.

    Raises:
        JobRefusedError: no machine is large enough, or a group's members ask for different ones.
        InputError: the grouping names a job that is not there, or one twice.
    """
    return [unit_of(jobs) for jobs in together(workflow, grouping)]


def together(workflow: PlannedWorkflow, grouping: Grouping = ALONE) -> list[list[PlannedJob]]:
    """Return the jobs of each machine, in order; raises `InputError` as `units` does."""
    order = in_order(workflow)
    place = {job.jobid: number for number, job in enumerate(order)}
    named = [jobid for group in grouping.groups for jobid in group]
    if len(set(named)) < len(named) or not set(named) <= set(place):
        raise InputError("The grouping names a job twice, or one that is not in the workflow.")
    jobs = {job.jobid: job for job in order}
    members = [
        [jobs[jobid] for jobid in sorted(group, key=place.__getitem__)]
        for group in grouping.groups
        if group
    ]
    grouped = set(named)
    members += _remaining([job for job in order if job.jobid not in grouped])
    return sorted(members, key=lambda group: place[group[0].jobid])


def _remaining(jobs: Iterable[PlannedJob]) -> list[list[PlannedJob]]:
    """Return single jobs, and those together that the workflow or a pipe puts together."""
    found: dict[object, list[PlannedJob]] = defaultdict(list)
    for job in jobs:
        found[job.group or job.pipe or job.jobid].append(job)
    return list(found.values())


def simulate(
    workflow: PlannedWorkflow,
    seconds: Mapping[int, float],
    grouping: Grouping = ALONE,
    *,
    assumptions: Assumptions = PUBLISHED,
    quota: Quota = Quota(),
    sizes: Mapping[str, int] | None = None,
) -> Simulation:
    """Return how a run would go.

    Args:
        workflow: its jobs.
        seconds: how long each job's command takes, by `jobid`.
        grouping: which of them share a machine.
        assumptions: what machines take besides.
        quota: what may be there at once.
        sizes: bytes of files that are not there yet, by path, where they are known.

    Raises:
        InputError: the quota is too small for a single job, or the grouping fits no order.
        JobRefusedError: no machine is large enough.
    """
    figures = Figures(seconds, assumptions, sizes or {})
    return _Run(units(workflow, grouping), figures, grouping.array_width, quota).go()


class _Run:
    """The state of one simulation."""

    def __init__(
        self, asked: Sequence[Unit], figures: Figures, width: int | None, quota: Quota
    ) -> None:
        self.units = asked
        self.figures = figures
        self.width = width
        self.free_vms = math.inf if quota.vms is None else quota.vms
        self.free_cpus = math.inf if quota.cpus is None else quota.cpus
        numbers: dict[object, int] = {}
        self.kinds = [numbers.setdefault(unit.kind, len(numbers)) for unit in asked]
        self.graph = unit_graph(asked)
        self.open = [self.graph.in_degree[number] for number in range(len(asked))]
        self.needed = needed_outside(asked)
        # by kind, since of one kind either the first can start or none
        self.waiting: dict[int, deque[tuple[float, int]]] = defaultdict(deque)
        self.standing: dict[int, int] = defaultdict(int)
        self.events: list[tuple[float, int, _What]] = []
        self.cause: dict[int, int | None] = {}
        self.machines: list[_Machine] = []
        self.host: dict[int, int] = {}
        self.jobs: dict[int, JobRun] = {}
        self.ends: dict[int, float] = {}

    def go(self) -> Simulation:
        for number, count in enumerate(self.open):
            if count == 0:
                self._ready(number, 0.0, None)
        self._start_what_fits(0.0, None)
        while self.events:
            now, number, what = heapq.heappop(self.events)
            if what is _What.DONE:
                self._release(number, now)
                continue
            for later in self.graph.succ[number]:
                self.open[later] -= 1
                if self.open[later] == 0:
                    self._ready(later, now, self._last_of(self.graph.pred[later]))
            self._start_what_fits(now, None)
        self._check_all_ran()
        return self._result()

    def _last_of(self, numbers: Iterable[int]) -> int:
        return max(numbers, key=lambda number: (self.ends[number], -number))

    def _ready(self, number: int, now: float, cause: int | None) -> None:
        self.cause[number] = cause
        if self.units[number].vm is None:
            self._run(number, now, None)
        else:
            self.waiting[self.kinds[number]].append((now, number))

    def _start_what_fits(self, now: float, freed: int | None) -> None:
        """Start what waits and fits, longest ready first; `freed` has just made room."""
        kinds = {kind for kind, queue in self.waiting.items() if queue}
        while kinds and self.free_vms >= 1:
            kind = min(kinds, key=lambda kind: self.waiting[kind][0])
            number = self.waiting[kind][0][1]
            if not self._fits(number):
                kinds.discard(kind)
                continue
            self._take(kind, now, freed)
            self._start(number, now)
            if not self.waiting[kind]:
                kinds.discard(kind)

    def _fits(self, number: int) -> bool:
        vm = self.units[number].vm
        at_width = self.width is not None and self.standing[self.kinds[number]] >= self.width
        return vm is not None and not at_width and vm.type.cpus <= self.free_cpus

    def _take(self, kind: int, now: float, freed: int | None) -> int:
        ready, number = self.waiting[kind].popleft()
        if freed is not None and ready < now:
            self.cause[number] = freed
        return number

    def _start(self, number: int, now: float) -> None:
        """Ask for a machine and run on it."""
        unit = self.units[number]
        self._count(unit, self.kinds[number], 1)
        queued = now + self.figures.assumptions.queue_seconds
        self.machines.append(_Machine(unit, now, queued))
        self._run(number, queued, len(self.machines) - 1)

    def _count(self, unit: Unit, kind: int, machines: int) -> None:
        self.free_vms -= machines
        self.free_cpus -= machines * (unit.vm.type.cpus if unit.vm else 0)
        self.standing[kind] += machines

    def _run(self, number: int, start: float, host: int | None) -> None:
        unit = self.units[number]
        machine = None if host is None else self.machines[host]
        images = machine.images if machine is not None and machine.jobs else None
        took = timing(unit, self.figures, self.needed[number], images)
        for job, (begun, done) in zip(unit.jobs, took.steps, strict=True):
            self.jobs[job.jobid] = JobRun(start + begun, start + done, host)
        end = start + took.total
        self.ends[number] = end
        if machine is not None and host is not None:
            self.host[number] = host
            machine.take(unit, end, expected_seconds(took.total, unit, self.figures.assumptions))
            heapq.heappush(self.events, (end, number, _What.DONE))
            self.ends[number] += self.figures.assumptions.notice_seconds
        heapq.heappush(self.events, (self.ends[number], number, _What.KNOWN))

    def _release(self, number: int, now: float) -> None:
        """Let a unit's machine go; an array's takes the next task instead if one waits."""
        kind, host = self.kinds[number], self.host[number]
        if self.width is not None and self.waiting[kind]:
            self._run(self._take(kind, now, number), now, host)
            return
        self._count(self.units[number], kind, -1)
        self._start_what_fits(now, number)

    def _check_all_ran(self) -> None:
        stuck = [number for number in range(len(self.units)) if number not in self.ends]
        if not stuck:
            return
        names = ", ".join(job.name for job in self.units[stuck[0]].jobs)
        if any(self.waiting.values()):
            raise InputError(f"The quota is too small for {names}: it would never start.")
        raise InputError(f"The group of {names} waits for itself: a path leaves it and returns.")

    def _result(self) -> Simulation:
        last = max(self.ends, key=lambda number: (self.ends[number], -number), default=None)
        path: list[int] = []
        while last is not None:
            path[:0] = [job.jobid for job in self.units[last].jobs]
            last = self.cause[last]
        return Simulation(
            jobs=self.jobs,
            vms=tuple(machine.life() for machine in self.machines),
            makespan=max(self.ends.values(), default=0.0),
            critical_path=tuple(path),
        )


def unit_graph(asked: Sequence[Unit]) -> Any:
    """Return a networkx `DiGraph` of units by number, with edges to those that wait for them."""
    home = {job.jobid: number for number, unit in enumerate(asked) for job in unit.jobs}
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(asked)))
    edges = {
        (home[before], number)
        for number, unit in enumerate(asked)
        for job in unit.jobs
        for before in job.after
    }
    graph.add_edges_from(sorted(edge for edge in edges if edge[0] != edge[1]))
    return graph


def needed_outside(asked: Sequence[Unit]) -> list[frozenset[str]]:
    """Return for each unit the paths that jobs of other units read."""
    readers: dict[str, set[int]] = defaultdict(set)
    for number, unit in enumerate(asked):
        for job in unit.jobs:
            for file in job.inputs:
                readers[file.path].add(number)
    return [
        frozenset(
            file.path for job in unit.jobs for file in job.outputs if readers[file.path] - {number}
        )
        for number, unit in enumerate(asked)
    ]

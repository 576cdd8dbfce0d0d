"""Which jobs should share a machine: chains of steps, each of which would boot one of its own.

Job after job, in the order of the work, is put onto the machine of a job before it where that costs
less, breaks no limit, and lets nothing end later than if every job had a machine of its own. What
is decided for a job depends on what is around it and on nothing else, so the samples of a run, and
the same run started again, are treated alike.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import networkx as nx

from headrace.errors import JobRefusedError
from headrace.planning.assumptions import PUBLISHED, Assumptions
from headrace.planning.graph import PlannedJob, PlannedWorkflow, in_order
from headrace.planning.simulation import Grouping, together, unit_graph
from headrace.planning.units import Figures, Unit, cost, timing, unit_of

MOST_MEMBERS = 50
"""Steps on one machine: a job's definition at Batch has at most 1 MB."""

MOST_MINUTES = 7 * 24 * 60
"""Time limits of a group together: Life Sciences ends a pipeline after seven days."""

MOST_PEERS = 8
"""Machines that one job may bring together into its own."""

LEAST_SAVING = 1e-9
ROUNDING = 1e-6

MOST_DELAY = 1.25
"""How much later than on machines of their own jobs may be through, so that boots are saved."""


DELAYING = "others that wait for them would be through later"


@dataclass(frozen=True)
class Fused:
    """Jobs that should share a machine, in order; US dollars together, and each on its own."""

    jobs: tuple[int, ...]
    machine: str
    cost: float
    cost_apart: float


@dataclass(frozen=True)
class Apart:
    """A job that keeps away from the jobs before it, and why."""

    jobid: int
    reason: str


@dataclass(frozen=True)
class Proposal:
    """What should be fused, and what should not."""

    fused: tuple[Fused, ...]
    apart: tuple[Apart, ...]

    @property
    def grouping(self) -> Grouping:
        """The proposal as `simulate` takes it."""
        return Grouping(tuple(group.jobs for group in self.fused))


def propose(
    workflow: PlannedWorkflow,
    seconds: Mapping[int, float],
    *,
    assumptions: Assumptions = PUBLISHED,
    sizes: Mapping[str, int] | None = None,
) -> Proposal:
    """Return which jobs should share a machine.

    Args:
        workflow: its jobs.
        seconds: how long each job's command takes, by `jobid`.
        assumptions: what machines take besides.
        sizes: bytes of files that are not there yet, by path, where they are known.
    """
    figures = Figures(seconds, assumptions, sizes or {})
    return _Fuser(workflow, figures).propose()


def why_alone(job: PlannedJob) -> str | None:
    """Return why a job must not share a machine at all; None if it may."""
    reasons = (
        (job.local, "it runs on the head"),
        (job.group is not None or job.pipe is not None, "the workflow has grouped it itself"),
        (job.unknown, "a checkpoint may still change it"),
        (not job.settled, "what it asks for depends on files that are not there yet"),
        (not job.direct, "it needs Snakemake in its machine"),
    )
    return next((reason for applies, reason in reasons if applies), None)


@dataclass(frozen=True)
class _Part:
    """A unit with its figures: seconds on its machine, US dollars, and until the head knows."""

    unit: Unit
    seconds: float
    cost: float
    latency: float


class _ApartError(Exception):
    """Jobs are better apart; the text is the reason."""


class _Fuser:
    """The machines so far, each named by the number of its first unit.

    `base` are the units that nobody may divide: jobs, and groups of the workflow's own.
    """

    def __init__(self, workflow: PlannedWorkflow, figures: Figures) -> None:
        self.figures = figures
        self.rules = Counter(job.rule for job in workflow.jobs)
        self.readers: dict[str, set[int]] = defaultdict(set)
        for job in workflow.jobs if figures.sizes else ():
            for file in job.inputs:
                self.readers[file.path].add(job.jobid)
        self.place = {job.jobid: number for number, job in enumerate(in_order(workflow))}
        self.lonely: dict[int, str] = {}
        self.base = [self._base(number, jobs) for number, jobs in enumerate(together(workflow))]
        self.graph = unit_graph([part.unit for part in self.base])
        self.bound: dict[int, float] = {}
        self.home: dict[int, int] = {}
        self.members: dict[int, list[int]] = {}
        self.parts: dict[int, _Part] = {}
        self.ends: dict[int, float] = {}
        self.apart: list[Apart] = []

    def propose(self) -> Proposal:
        rest = self._rest()
        for generation in nx.topological_generations(self.graph):
            for number in sorted(generation, key=lambda number: (-rest[number], number)):
                self._begin(number)
                if number not in self.lonely:
                    self._settle(number)
        self._dissolve()
        fused = [self._fused(key) for key in sorted(self.parts) if len(self.members[key]) > 1]
        reasons = [
            Apart(job.jobid, reason)
            for number, reason in sorted(self.lonely.items())
            for job in self.base[number].unit.jobs
        ]
        return Proposal(tuple(fused), (*reasons, *self.apart))

    def _rest(self) -> dict[int, float]:
        """Return how long it takes from the start of each unit to the end of the run."""
        rest: dict[int, float] = {}
        for number in reversed(list(nx.topological_sort(self.graph))):
            after = max((rest[one] for one in self.graph.succ[number]), default=0.0)
            rest[number] = self.base[number].latency + after
        return rest

    def _dissolve(self) -> None:
        """Take apart what makes anything late: while it was put together, not all was known."""
        while late := [key for key in self.parts if self._is_late(key, self.ends[key])]:
            first = min(self.ends[key] for key in late)
            for key in {self._culprit(key) for key in late if self.ends[key] == first}:
                self._part_with(key)
            self._time()

    def _culprit(self, key: int) -> int:
        """Return the nearest of the fused machines that the end of this one waited for."""
        while len(self.members[key]) == 1:
            key = max(self._before({key}), key=lambda one: (self.ends[one], one))
        return key

    def _part_with(self, key: int) -> None:
        for number in self.members.pop(key):
            self.home[number] = number
            self.members[number] = [number]
            self.parts[number] = self.base[number]
            self.apart.append(Apart(self.base[number].unit.jobs[0].jobid, DELAYING))

    def _time(self) -> None:
        """Reckon all ends anew."""
        graph = nx.DiGraph()
        graph.add_nodes_from(self.parts)
        pairs = ((self.home[one], self.home[other]) for one, other in self.graph.edges)
        graph.add_edges_from(pair for pair in pairs if pair[0] != pair[1])
        self.ends = {}
        for key in nx.topological_sort(graph):
            self.ends[key] = self.parts[key].latency + self._start({key})

    def _is_late(self, key: int, end: float) -> bool:
        numbers = self.members[key]
        bound = MOST_DELAY * max(self.bound[number] for number in numbers)
        return end > bound + ROUNDING

    def _base(self, number: int, jobs: Sequence[PlannedJob]) -> _Part:
        """Return a unit as the workflow has it; note why it must stay alone, if it must."""
        reason = next(filter(None, map(why_alone, jobs)), None)
        try:
            unit = unit_of(jobs)
        except JobRefusedError as error:
            unit, reason = Unit(tuple(jobs), None), str(error)
        if reason is not None:
            self.lonely[number] = reason
        return self._part(unit)

    def _part(self, unit: Unit) -> _Part:
        own = {job.jobid for job in unit.jobs}
        needed = frozenset(
            file.path for job in unit.jobs for file in job.outputs if self.readers[file.path] - own
        )
        told = self.figures.assumptions
        seconds = timing(unit, self.figures, needed).total
        around = told.queue_seconds + told.notice_seconds if unit.vm is not None else 0.0
        return _Part(unit, seconds, cost(unit, seconds, told), seconds + around)

    def _begin(self, number: int) -> None:
        """Give a unit a machine of its own; that is also how late it may end at most."""
        part = self.base[number]
        before = self.graph.pred[number]
        self.bound[number] = part.latency + max((self.bound[one] for one in before), default=0.0)
        self.home[number] = number
        self.members[number] = [number]
        self.parts[number] = part
        self.ends[number] = part.latency + self._start({number})

    def _start(self, keys: AbstractSet[int]) -> float:
        """Return when what these machines wait for, others apart, is known."""
        return max((self.ends[key] for key in self._before(keys)), default=0.0)

    def _before(self, keys: AbstractSet[int]) -> set[int]:
        units = (number for key in keys for number in self.members[key])
        return {self.home[one] for number in units for one in self.graph.pred[number]} - keys

    def _after(self, keys: AbstractSet[int]) -> set[int]:
        units = (number for key in keys for number in self.members[key])
        after = (one for number in units for one in self.graph.succ[number])
        return {self.home[one] for one in after if one in self.home} - keys

    def _settle(self, number: int) -> None:
        """Put a job onto the machine of jobs before it, if that is better."""
        before = self._latest(number)
        found: list[tuple[float, float, list[int]]] = []
        reasons: list[str] = []
        for keys in self._options(before):
            try:
                found.append((*self._weigh(number, before, keys), sorted(keys)))
            except _ApartError as reason:
                reasons.append(str(reason))
        if found:
            self._merge({number, *min(found)[2]})
        elif reasons:
            self.apart.append(Apart(self.base[number].unit.jobs[0].jobid, reasons[0]))

    def _latest(self, number: int) -> list[int]:
        """Return the machines that a job waits for, without those before others, latest first."""
        left = sorted(self._before({number}), key=lambda key: (-self.ends[key], key))
        latest: list[int] = []
        while left and len(latest) <= MOST_PEERS:
            latest.append(left.pop(0))
            if left:
                earlier = self._reached(latest[-1], self._before)
                left = [key for key in left if key not in earlier]
        return latest

    def _reached(self, key: int, step: Callable[[AbstractSet[int]], set[int]]) -> set[int]:
        """Return the machines that can be reached from one, step by step."""
        found: set[int] = set()
        edge = {key}
        while edge:
            edge = {other for one in edge for other in step({one})} - found
            found |= edge
        return found

    def _options(self, before: list[int]) -> Iterator[frozenset[int]]:
        """Yield the machines to join: each alone, then all."""
        joinable = [
            key for key in before if not any(one in self.lonely for one in self.members[key])
        ]
        for key in joinable:
            yield frozenset({key})
        if len(joinable) > 1:
            yield frozenset(joinable)

    def _weigh(self, number: int, before: list[int], keys: frozenset[int]) -> tuple[float, float]:
        """Return the change of cost, and the new end, if a job joins these machines.

        Raises:
            _ApartError: it should not.
        """
        all_keys = keys | {number}
        gathers = self._gathers(number, before)
        self._check_scatter(number, keys)
        later = self._reached_from(all_keys)
        self._check_limits(all_keys)
        part = self._joined(all_keys)
        change = part.cost - sum(self.parts[key].cost for key in all_keys)
        if change > -LEAST_SAVING:
            raise _ApartError(f"together on {_type(part.unit)} they would cost more")
        end = part.latency + self._start(all_keys)
        if gathers and end > self.ends[number]:
            raise _ApartError("side by side its predecessors are through earlier")
        self._check_ends(all_keys, end, later)
        return change, end

    def _gathers(self, number: int, before: list[int]) -> bool:
        """Tell whether a job brings like jobs of several machines together."""
        rules = Counter(
            rule
            for key in before
            for rule in {
                self._rule(one) for one in self.graph.pred[number] if self.home[one] == key
            }
        )
        if not rules or max(rules.values()) == 1:
            return False
        if self.rules[self._rule(number)] == 1 or len(before) > MOST_PEERS:
            raise _ApartError("it gathers what others do side by side")
        return True

    def _check_scatter(self, number: int, keys: frozenset[int]) -> None:
        """Refuse a job whose like follow the same job, of which there is only one."""
        rule = self._rule(number)
        for one in self.graph.pred[number]:
            if self.home[one] in keys:
                like = [after for after in self.graph.succ[one] if self._rule(after) == rule]
                single = self.rules[self._rule(one)] == 1 and len(like) > 1
                if single or len(like) > MOST_PEERS:
                    raise _ApartError("others of its rule wait for the same job")

    def _reached_from(self, keys: AbstractSet[int]) -> set[int]:
        """Return the machines that wait for these; refuse a path that leaves them and returns."""
        found: set[int] = set()
        edge = self._after(keys)
        while edge:
            found |= edge
            edge = {other for one in edge for other in self._after({one})} - found
        if found & (keys | self._before(keys)):
            raise _ApartError("a job on another machine stands between them")
        return found

    def _check_limits(self, keys: AbstractSet[int]) -> None:
        jobs = [job for key in keys for job in self.parts[key].unit.jobs]
        if len(jobs) > MOST_MEMBERS:
            raise _ApartError(f"more than {MOST_MEMBERS} steps on one machine are too many")
        if sum(job.runtime_minutes for job in jobs) > MOST_MINUTES:
            raise _ApartError("their time limits add up to more than seven days")

    def _joined(self, keys: AbstractSet[int]) -> _Part:
        jobs = [job for key in keys for job in self.parts[key].unit.jobs]
        try:
            return self._part(unit_of(sorted(jobs, key=lambda job: self.place[job.jobid])))
        except JobRefusedError as error:
            raise _ApartError(str(error)) from error

    def _check_ends(self, keys: AbstractSet[int], end: float, later: set[int]) -> None:
        """Refuse what would make anything end much later than if all jobs were on their own."""
        if end > MOST_DELAY * max(self.bound[one] for key in keys for one in self.members[key]):
            raise _ApartError("together they would be through later")
        for key, moved in self._moved(keys, end, later).items():
            if key in later and self._is_late(key, moved):
                raise _ApartError(DELAYING)

    def _moved(self, keys: AbstractSet[int], end: float, later: set[int]) -> dict[int, float]:
        """Return the new ends of these machines, and of those that end later because of it."""
        ends = dict.fromkeys(keys, end)
        edge = set(later)
        while edge:
            moved = set()
            for key in edge:
                start = max(ends.get(one, self.ends[one]) for one in self._before({key}))
                new = start + self.parts[key].latency
                if new > ends.get(key, self.ends[key]):
                    ends[key] = new
                    moved.add(key)
            edge = {one for key in moved for one in self._after({key})} & later
        return ends

    def _merge(self, keys: set[int]) -> None:
        part = self._joined(keys)
        later = self._reached_from(keys)
        end = part.latency + self._start(keys)
        self.ends |= self._moved(keys, end, later)
        first = min(keys)
        numbers = sorted(number for key in keys for number in self.members[key])
        for key in keys - {first}:
            del self.parts[key], self.members[key], self.ends[key]
        self.parts[first], self.members[first], self.ends[first] = part, numbers, end
        self.home |= dict.fromkeys(numbers, first)

    def _rule(self, number: int) -> str:
        return self.base[number].unit.jobs[0].rule

    def _fused(self, key: int) -> Fused:
        part = self.parts[key]
        return Fused(
            jobs=tuple(job.jobid for job in part.unit.jobs),
            machine=_type(part.unit),
            cost=part.cost,
            cost_apart=sum(self.base[number].cost for number in self.members[key]),
        )


def _type(unit: Unit) -> str:
    return unit.vm.type.name if unit.vm is not None else "the head"

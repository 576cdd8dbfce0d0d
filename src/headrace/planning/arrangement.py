"""Jobs on machines, as far as they have been put together: who waits for whom, and until when."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import networkx as nx

from headrace.planning.graph import PlannedJob, PlannedWorkflow
from headrace.planning.simulation import unit_graph
from headrace.planning.units import Figures, Unit, cost, timing


@dataclass(frozen=True)
class Part:
    """A unit with its figures: seconds on its machine, US dollars, and until the head knows."""

    unit: Unit
    seconds: float
    cost: float
    latency: float

    @property
    def machine(self) -> str:
        """The machine's type."""
        return self.unit.vm.type.name if self.unit.vm is not None else "the head"


class Pricing:
    """Figures of units, whichever jobs they are made of."""

    def __init__(self, workflow: PlannedWorkflow, figures: Figures) -> None:
        self._figures = figures
        self._readers: dict[str, set[int]] = defaultdict(set)
        for job in workflow.jobs if figures.sizes else ():
            for file in job.inputs:
                self._readers[file.path].add(job.jobid)

    def part(self, unit: Unit) -> Part:
        """Return a unit with its figures, on a machine of its own."""
        own = {job.jobid for job in unit.jobs}
        needed = frozenset(
            file.path
            for job in unit.jobs
            for file in job.outputs
            if self._readers.get(file.path, set()) - own
        )
        told = self._figures.assumptions
        seconds = timing(unit, self._figures, needed).total
        around = told.queue_seconds + told.notice_seconds if unit.vm is not None else 0.0
        return Part(unit, seconds, cost(unit, seconds, told), seconds + around)


class Arrangement:
    """The machines so far, each named by the number of its first unit.

    Attributes:
        base: the units that nobody may divide: jobs, and groups of the workflow's own.
        graph: networkx `DiGraph` of their numbers, with edges to those that wait for them.
        home: the machine of each unit that has one yet.
        members: the units of each machine.
        parts: the figures of each machine.
        ends: when the head knows that a machine is through, without quota.
        bound: when it would, for each unit, if every unit had a machine of its own.
    """

    def __init__(self, base: list[Part]) -> None:
        self.base = base
        self.graph = unit_graph([part.unit for part in base])
        self.home: dict[int, int] = {}
        self.members: dict[int, list[int]] = {}
        self.parts: dict[int, Part] = {}
        self.ends: dict[int, float] = {}
        self.bound: dict[int, float] = {}

    def generations(self) -> Iterable[list[int]]:
        """Yield units of which none waits for another, the longest way to the end first."""
        rest: dict[int, float] = {}
        for number in reversed(list(nx.topological_sort(self.graph))):
            after = max((rest[one] for one in self.graph.succ[number]), default=0.0)
            rest[number] = self.base[number].latency + after
        for generation in nx.topological_generations(self.graph):
            yield sorted(generation, key=lambda number: (-rest[number], number))

    def jobs(self, keys: AbstractSet[int]) -> list[PlannedJob]:
        """Return the jobs of these machines."""
        return [job for key in sorted(keys) for job in self.parts[key].unit.jobs]

    def begin(self, number: int) -> None:
        """Give a unit a machine of its own; that is also how late it may end at most."""
        part = self.base[number]
        before = self.graph.pred[number]
        self.bound[number] = part.latency + max((self.bound[one] for one in before), default=0.0)
        self.home[number] = number
        self.members[number] = [number]
        self.parts[number] = part
        self.ends[number] = part.latency + self.start({number})

    def start(self, keys: AbstractSet[int]) -> float:
        """Return when what these machines wait for, others apart, is known."""
        return max((self.ends[key] for key in self.before(keys)), default=0.0)

    def before(self, keys: AbstractSet[int]) -> set[int]:
        """Return the other machines that these wait for."""
        units = (number for key in keys for number in self.members[key])
        return {self.home[one] for number in units for one in self.graph.pred[number]} - keys

    def after(self, keys: AbstractSet[int]) -> set[int]:
        """Return the other machines that wait for these."""
        units = (number for key in keys for number in self.members[key])
        after = (one for number in units for one in self.graph.succ[number])
        return {self.home[one] for one in after if one in self.home} - keys

    def latest(self, number: int, most: int) -> list[int]:
        """Return the machines a unit waits for, latest first, without those before others.

        There may be more than `most`, of which one more is returned then.
        """
        left = sorted(self.before({number}), key=lambda key: (-self.ends[key], key))
        latest: list[int] = []
        while left and len(latest) <= most:
            latest.append(left.pop(0))
            if left:
                earlier = self._reached({latest[-1]}, self.before)
                left = [key for key in left if key not in earlier]
        return latest

    def later(self, keys: AbstractSet[int]) -> set[int]:
        """Return the machines that wait for these, directly or not."""
        return self._reached(keys, self.after)

    def _reached(
        self, keys: AbstractSet[int], step: Callable[[AbstractSet[int]], set[int]]
    ) -> set[int]:
        found: set[int] = set()
        edge = step(keys)
        while edge:
            found |= edge
            edge = {other for one in edge for other in step({one})} - found
        return found

    def moved(self, keys: AbstractSet[int], end: float, later: set[int]) -> dict[int, float]:
        """Return the new ends of these machines, and of those that end later because of it."""
        ends = dict.fromkeys(keys, end)
        edge = set(later)
        while edge:
            moved = set()
            for key in edge:
                start = max(ends.get(one, self.ends[one]) for one in self.before({key}))
                new = start + self.parts[key].latency
                if new > ends.get(key, self.ends[key]):
                    ends[key] = new
                    moved.add(key)
            edge = {one for key in moved for one in self.after({key})} & later
        return ends

    def merge(self, keys: AbstractSet[int], part: Part) -> None:
        """Put these machines together, as the one that `part` describes."""
        end = part.latency + self.start(keys)
        self.ends |= self.moved(keys, end, self.later(keys))
        first = min(keys)
        numbers = sorted(number for key in keys for number in self.members[key])
        for key in keys - {first}:
            del self.parts[key], self.members[key], self.ends[key]
        self.parts[first], self.members[first], self.ends[first] = part, numbers, end
        self.home |= dict.fromkeys(numbers, first)

    def take_apart(self, keys: Iterable[int]) -> list[int]:
        """Give each unit of these machines its own again; returns the units."""
        numbers = [number for key in keys for number in self.members.pop(key)]
        for number in numbers:
            self.home[number] = number
            self.members[number] = [number]
            self.parts[number] = self.base[number]
        self._time()
        return numbers

    def _time(self) -> None:
        """Reckon all ends anew."""
        graph = nx.DiGraph()
        graph.add_nodes_from(self.parts)
        pairs = ((self.home[one], self.home[other]) for one, other in self.graph.edges)
        graph.add_edges_from(pair for pair in pairs if pair[0] != pair[1])
        self.ends = {}
        for key in nx.topological_sort(graph):
            self.ends[key] = self.parts[key].latency + self.start({key})

    def held_up_by(self, key: int) -> int:
        """Return the nearest machine of several units that the end of this one waited for."""
        while len(self.members[key]) == 1:
            key = max(self.before({key}), key=lambda one: (self.ends[one], one))
        return key

    def latest_allowed(self, keys: AbstractSet[int]) -> float:
        """Return when the last unit of these machines would end on a machine of its own."""
        return max(self.bound[number] for key in keys for number in self.members[key])

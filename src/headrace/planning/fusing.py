"""Which jobs should share a machine: chains of steps, each of which would boot one of its own.

Job after job, in the order of the work, is put onto the machine of a job before it where that costs
less, breaks no limit, and lets nothing end later than if every job had a machine of its own. What
is decided for a job depends on what is around it and on nothing else, so the samples of a run, and
the same run started again, are treated alike.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from headrace.errors import JobRefusedError
from headrace.planning.arrangement import Arrangement, Part, Pricing
from headrace.planning.assumptions import PUBLISHED, Assumptions
from headrace.planning.graph import PlannedJob, PlannedWorkflow, in_order
from headrace.planning.simulation import Grouping, together
from headrace.planning.units import Figures, Unit, unit_of

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
    return _Fuser(workflow, Pricing(workflow, figures)).propose()


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


def broken_limit(jobs: Sequence[PlannedJob]) -> str | None:
    """Return which limit jobs on one machine would break, in order; None if they break none."""
    if len(jobs) > MOST_MEMBERS:
        return f"more than {MOST_MEMBERS} steps on one machine are too many"
    if sum(job.runtime_minutes for job in jobs) > MOST_MINUTES:
        return "their time limits add up to more than seven days"
    try:
        unit_of(jobs)
    except JobRefusedError as error:
        return str(error)
    return None


class _ApartError(Exception):
    """Jobs are better apart; the text is the reason."""


class _Fuser:
    """Decides unit after unit which machine it joins; `lonely` are those that must not, and why."""

    def __init__(self, workflow: PlannedWorkflow, pricing: Pricing) -> None:
        self.pricing = pricing
        self.rules = Counter(job.rule for job in workflow.jobs)
        self.place = {job.jobid: number for number, job in enumerate(in_order(workflow))}
        self.lonely: dict[int, str] = {}
        units = enumerate(together(workflow))
        self.machines = Arrangement([self._base(number, jobs) for number, jobs in units])
        self.apart: list[Apart] = []

    def propose(self) -> Proposal:
        machines = self.machines
        for generation in machines.generations():
            for number in generation:
                machines.begin(number)
                if number not in self.lonely:
                    self._settle(number)
        self._dissolve()
        several = [key for key in sorted(machines.parts) if len(machines.members[key]) > 1]
        reasons = [
            Apart(job.jobid, reason)
            for number, reason in sorted(self.lonely.items())
            for job in machines.base[number].unit.jobs
        ]
        return Proposal(tuple(map(self._fused, several)), (*reasons, *self.apart))

    def _base(self, number: int, jobs: Sequence[PlannedJob]) -> Part:
        """Return a unit as the workflow has it; note why it must stay alone, if it must."""
        reason = next(filter(None, map(why_alone, jobs)), None)
        try:
            unit = unit_of(jobs)
        except JobRefusedError as error:
            unit, reason = Unit(tuple(jobs), None), str(error)
        if reason is not None:
            self.lonely[number] = reason
        return self.pricing.part(unit)

    def _settle(self, number: int) -> None:
        """Put a job onto the machine of jobs before it, if that is better."""
        before = self.machines.latest(number, MOST_PEERS)
        found: list[tuple[float, float, list[int]]] = []
        reasons: list[str] = []
        for keys in self._options(before):
            try:
                found.append((*self._weigh(number, before, keys), sorted(keys)))
            except _ApartError as reason:
                reasons.append(str(reason))
        if found:
            chosen = {number, *min(found)[2]}
            self.machines.merge(chosen, self._joined(chosen))
        elif reasons:
            self._keep_apart(number, reasons[0])

    def _options(self, before: list[int]) -> Iterator[frozenset[int]]:
        """Yield the machines to join: each alone, then all."""
        members = self.machines.members
        joinable = [key for key in before if self.lonely.keys().isdisjoint(members[key])]
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
        later = self._check_path(all_keys)
        part = self._joined(all_keys)
        change = part.cost - sum(self.machines.parts[key].cost for key in all_keys)
        if change > -LEAST_SAVING:
            raise _ApartError(f"together on {part.machine} they would cost more")
        end = part.latency + self.machines.start(all_keys)
        if gathers and end > self.machines.ends[number]:
            raise _ApartError("side by side its predecessors are through earlier")
        self._check_ends(all_keys, end, later)
        return change, end

    def _gathers(self, number: int, before: list[int]) -> bool:
        """Tell whether a job brings like jobs of several machines together."""
        rules = Counter(
            rule
            for key in before
            for rule in {
                self._rule(one)
                for one in self.machines.graph.pred[number]
                if self.machines.home[one] == key
            }
        )
        if not rules or max(rules.values()) == 1:
            return False
        if self.rules[self._rule(number)] == 1 or len(before) > MOST_PEERS:
            raise _ApartError("it gathers what others do side by side")
        return True

    def _check_scatter(self, number: int, keys: frozenset[int]) -> None:
        """Refuse a job whose like follow the same job, of which there is only one."""
        graph, rule = self.machines.graph, self._rule(number)
        for one in graph.pred[number]:
            if self.machines.home[one] in keys:
                like = [after for after in graph.succ[one] if self._rule(after) == rule]
                single = self.rules[self._rule(one)] == 1 and len(like) > 1
                if single or len(like) > MOST_PEERS:
                    raise _ApartError("others of its rule wait for the same job")

    def _check_path(self, keys: AbstractSet[int]) -> set[int]:
        """Return the machines that wait for these; refuse a path that leaves them and returns."""
        later = self.machines.later(keys)
        if later & (keys | self.machines.before(keys)):
            raise _ApartError("a job on another machine stands between them")
        return later

    def _joined(self, keys: AbstractSet[int]) -> Part:
        jobs = sorted(self.machines.jobs(keys), key=lambda job: self.place[job.jobid])
        reason = broken_limit(jobs)
        if reason is not None:
            raise _ApartError(reason)
        return self.pricing.part(unit_of(jobs))

    def _check_ends(self, keys: AbstractSet[int], end: float, later: set[int]) -> None:
        """Refuse what would make anything end much later than if all jobs were on their own."""
        if end > MOST_DELAY * self.machines.latest_allowed(keys):
            raise _ApartError("together they would be through later")
        moved = self.machines.moved(keys, end, later)
        if any(self._is_late(key, moved[key]) for key in later & moved.keys()):
            raise _ApartError(DELAYING)

    def _is_late(self, key: int, end: float) -> bool:
        return end > MOST_DELAY * self.machines.latest_allowed({key}) + ROUNDING

    def _dissolve(self) -> None:
        """Take apart what makes anything late: while it was put together, not all was known."""
        ends = self.machines.ends
        while late := [key for key in self.machines.parts if self._is_late(key, ends[key])]:
            first = min(ends[key] for key in late)
            culprits = {self.machines.held_up_by(key) for key in late if ends[key] == first}
            for number in self.machines.take_apart(sorted(culprits)):
                self._keep_apart(number, DELAYING)
            ends = self.machines.ends

    def _keep_apart(self, number: int, reason: str) -> None:
        self.apart.append(Apart(self.machines.base[number].unit.jobs[0].jobid, reason))

    def _rule(self, number: int) -> str:
        return self.machines.base[number].unit.jobs[0].rule

    def _fused(self, key: int) -> Fused:
        part, base = self.machines.parts[key], self.machines.base
        return Fused(
            jobs=tuple(job.jobid for job in part.unit.jobs),
            machine=part.machine,
            cost=part.cost,
            cost_apart=sum(base[number].cost for number in self.machines.members[key]),
        )

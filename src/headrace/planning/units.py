"""Units: what one machine is asked to do, how long that takes, and what it costs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from headrace.planning.assumptions import Assumptions
from headrace.planning.graph import PlannedJob
from headrace.planning.vms import SECONDS_PER_HOUR, Vm, vm_for, waves

BYTES_PER_MB = 1_000_000


@dataclass(frozen=True)
class Figures:
    """What is taken for granted: seconds by `jobid`, bytes by path, and the machine's own times.

    Attributes:
        seconds: how long each job's command runs.
        sizes: of files that are not there yet; those that are not named count as nothing.
    """

    seconds: Mapping[int, float]
    assumptions: Assumptions
    sizes: Mapping[str, int]


@dataclass(frozen=True)
class Unit:
    """Jobs that run on one machine, in this order; on the head, without `vm`."""

    jobs: tuple[PlannedJob, ...]
    vm: Vm | None

    @cached_property
    def images(self) -> frozenset[str]:
        """The images it needs: those of its jobs, the controller's as ``, and the staging image."""
        return frozenset({job.image or "" for job in self.jobs} | {"headrace-stage"})

    @cached_property
    def kind(self) -> tuple[object, ...]:
        """What units have in common that may be tasks of one array."""
        limits = tuple(job.runtime_minutes for job in self.jobs)
        return (tuple(job.rule for job in self.jobs), self.images, self.vm, limits)


@dataclass(frozen=True)
class Timing:
    """Seconds of a unit on its machine.

    Attributes:
        steps: of each job, in order, from its start to its end, offset from the machine's start.
        total: until its results are stored.
    """

    steps: tuple[tuple[float, float], ...]
    total: float


def unit_of(jobs: Sequence[PlannedJob]) -> Unit:
    """Return the unit of a job or of a group's jobs in order; `JobRefusedError` if none fits."""
    return Unit(tuple(jobs), None if jobs[0].local else vm_for(jobs))


def timing(
    unit: Unit, figures: Figures, needed: frozenset[str], present: frozenset[str] | None = None
) -> Timing:
    """Return how long a unit takes on a machine that has the images `present`; None: a new one.

    `needed` are the paths that jobs outside the unit read.
    """
    if unit.vm is None:
        seconds = max(figures.seconds[job.jobid] for job in unit.jobs)
        return Timing(tuple((0.0, seconds) for _ in unit.jobs), seconds)
    told = figures.assumptions
    boot = told.boot_seconds if present is None else 0.0
    pulls = told.pull_seconds * len(unit.images - (present or frozenset()))
    rate = min(told.mb_per_second, told.mb_per_second_per_cpu * unit.vm.type.cpus)
    brought, taken = transfers(unit, figures, needed)
    clock = boot + pulls + told.step_seconds + brought / BYTES_PER_MB / rate
    steps: list[tuple[float, float]] = []
    for wave in waves(unit.jobs):
        clock += told.step_seconds
        ends = [clock + figures.seconds[job.jobid] for job in wave]
        steps += [(clock, end) for end in ends]
        clock = max(ends)
    return Timing(tuple(steps), clock + told.step_seconds + taken / BYTES_PER_MB / rate)


def transfers(unit: Unit, figures: Figures, needed: frozenset[str]) -> tuple[int, int]:
    """Return the bytes that a unit brings and takes out; its own temporary files stay."""
    made = {file.path for job in unit.jobs for file in job.outputs}
    inputs = {file.path: file.size for job in unit.jobs for file in job.inputs}
    brought = sum(
        figures.sizes.get(path, size or 0) for path, size in inputs.items() if path not in made
    )
    taken = sum(
        figures.sizes.get(file.path, 0)
        for job in unit.jobs
        for file in job.outputs
        if not file.temporary or file.path in needed
    )
    return brought, taken


def expected_seconds(seconds: float, unit: Unit, assumptions: Assumptions) -> float:
    """Return the seconds to be paid for on average until a unit is through.

    A spot machine that is lost at a rate r begins again: (exp(r t) - 1) / r for t seconds of work.
    """
    rate = assumptions.preemptions_per_hour / SECONDS_PER_HOUR
    if unit.vm is None or not unit.vm.spot or rate == 0:
        return seconds
    return math.expm1(rate * seconds) / rate


def cost(unit: Unit, seconds: float, assumptions: Assumptions) -> float:
    """Return the US dollars that a unit is expected to cost on a machine of its own."""
    if unit.vm is None:
        return 0.0
    repeated = expected_seconds(seconds, unit, assumptions) - seconds
    return unit.vm.cost(seconds) + unit.vm.hourly * repeated / SECONDS_PER_HOUR

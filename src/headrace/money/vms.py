"""The machines that a journal tells of: how long each stood, and whose work it did. Pure."""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from headrace.planning.prices import MINIMUM_SECONDS
from headrace.runs.journal import Attempt

PUBLISHED_BOOT_SECONDS = 68.6
"""SCHEDULED to RUNNING of a trivial Batch job (nextflow-io/nextflow#4225)."""


@dataclass(frozen=True)
class Share:
    """What one attempt took of a machine, seconds; all but `queue` is paid for.

    `idle` is what is left: gaps, what has no manifest, and the minute that is paid at least.
    """

    attempt: Attempt
    queue: float
    boot: float
    pull: float
    staging: float
    tool: float
    idle: float

    @property
    def billed(self) -> float:
        """Seconds of the machine that are paid for it."""
        return self.boot + self.pull + self.staging + self.tool + self.idle


def machines(attempts: Sequence[Attempt], now: datetime) -> list[list[Share]]:
    """Return the machines, each as the shares of the attempts that ran on it.

    A machine is paid for from its order until the last of its attempts has ended, and a minute at
    least; one that has not ended is paid until `now`. An attempt that never got a machine is in
    none. Spans that end before they begin, as a clock that was set back leaves them, count as
    nothing.
    """
    boot = _usual_boot(attempts)
    return [_shares(group, boot, now) for group in _groups(attempts).values()]


def seconds(begin: datetime | None, end: datetime | None) -> float:
    """Return the seconds between two moments, nothing if one is missing or they run backwards."""
    if begin is None or end is None:
        return 0.0
    return max(0.0, (end - begin).total_seconds())


def has_jumped(attempt: Attempt) -> bool:
    """Tell whether its moments contradict their order."""
    moments = (attempt.submitted, attempt.scheduled, attempt.running, attempt.ended)
    known = [moment for moment in moments if moment is not None]
    return known != sorted(known)


def _groups(attempts: Sequence[Attempt]) -> Mapping[object, list[Attempt]]:
    """Put together what ran on one machine; an attempt whose machine has no name had its own."""
    groups: dict[object, list[Attempt]] = defaultdict(list)
    for number, attempt in enumerate(attempts):
        if attempt.scheduled is not None or attempt.running is not None:
            machine = (attempt.zone, attempt.machine) if attempt.machine else number
            groups[machine].append(attempt)
    return groups


def _usual_boot(attempts: Iterable[Attempt]) -> float:
    """Return how long machines took to come where nothing held them up."""
    boots = [
        seconds(attempt.scheduled, attempt.running)
        for attempt in attempts
        if attempt.scheduled and attempt.running and not attempt.waited and not attempt.ordered
    ]
    return statistics.median(boots) if boots else PUBLISHED_BOOT_SECONDS


def _ordered(attempt: Attempt, boot: float) -> datetime:
    """Return when its machine was ordered.

    Batch calls a job SCHEDULED while it still waits for quota or for a zone with room, which costs
    nothing: the order is then taken to be the usual time before the first action.
    """
    scheduled, running = attempt.ordered or attempt.scheduled, attempt.running
    if scheduled is None:
        return running or attempt.submitted
    if not attempt.waited:
        return scheduled
    if running is None:
        return attempt.ended or scheduled
    return max(scheduled, running - timedelta(seconds=boot))


def _shares(group: Sequence[Attempt], boot: float, now: datetime) -> list[Share]:
    ordered = min(_ordered(attempt, boot) for attempt in group)
    ended = max(attempt.ended or now for attempt in group)
    stood = max(MINIMUM_SECONDS, seconds(ordered, ended))
    begun = [attempt.running for attempt in group if attempt.running is not None]
    booted = min(stood, seconds(ordered, min(begun))) if begun else seconds(ordered, ended)
    worked = [seconds(attempt.running, attempt.ended or now) for attempt in group]
    total = sum(worked)
    parts = [work / total if total else 1 / len(group) for work in worked]
    return [
        _share(attempt, work, (stood * part, booted * part), ordered)
        for attempt, work, part in zip(group, worked, parts, strict=True)
    ]


def _share(attempt: Attempt, worked: float, paid: tuple[float, float], ordered: datetime) -> Share:
    """Divide what is paid for an attempt, `paid` in all and for the boot, by what it was for.

    Attempts that ran at once on one machine each get a part of its seconds.
    """
    stood, boot = paid
    scale = min(1.0, (stood - boot) / worked) if worked else 0.0
    room = worked * scale
    known = []
    for part in (_tool(attempt), attempt.staging_seconds or 0.0, attempt.pull_seconds or 0.0):
        taken = min(room, max(0.0, part) * scale)
        known.append(taken)
        room -= taken
    tool, staging, pull = known
    return Share(
        attempt=attempt,
        queue=seconds(attempt.submitted, ordered),
        boot=boot,
        pull=pull,
        staging=staging,
        tool=tool,
        idle=max(0.0, stood - boot - tool - staging - pull),
    )


def _tool(attempt: Attempt) -> float:
    return sum(step.wall_seconds or 0.0 for step in attempt.steps)

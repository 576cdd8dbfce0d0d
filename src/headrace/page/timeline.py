"""Machines over time: how many at once, and what each of them did when.

Drawings are lists of rectangles and paths in a field of `WIDTH` by a height; the template makes SVG
of them. Times are seconds since the run began.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from headrace.page.facts import Facts
from headrace.page.jobs import Job
from headrace.runs.journal import Attempt, JobEntry

WIDTH = 1000
MAX_BARS = 60
"""More machines than that are shown as a curve, and the longest of them as bars."""

_COLUMNS = 250


@dataclass(frozen=True)
class Phase:
    """A part of an attempt's life: `wait`, `boot` or `run`."""

    kind: str
    begin: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.end - self.begin


@dataclass(frozen=True)
class Bar:
    """An attempt as a row of the timeline."""

    attempt: Attempt
    jobs: tuple[JobEntry, ...]
    phases: tuple[Phase, ...]

    def seconds(self, kind: str) -> float | None:
        """Return how long the phase of that kind took, None if it has not come to that."""
        return next((phase.seconds for phase in self.phases if phase.kind == kind), None)

    @property
    def tool_seconds(self) -> float | None:
        """How long its commands ran, as its manifest says."""
        walls = [step.wall_seconds for step in self.attempt.steps if step.wall_seconds is not None]
        return sum(walls) if walls else None

    @property
    def total(self) -> float:
        """From submission to end."""
        return sum(phase.seconds for phase in self.phases)


@dataclass(frozen=True)
class Timeline:
    """All attempts.

    Attributes:
        seconds: the width of the field: how long the run took, or takes so far.
        bars: the attempts that are shown one by one, in the order of submission.
        attempts: how many there were.
        machines: how many machines they ran on, as far as is known.
        most: most attempts at once.
        areas: outlines of the number of attempts over time, by phase, stacked; SVG paths in a
            field of `WIDTH` by `most`.
        ticks: places and texts of the time axis.
    """

    seconds: float
    bars: tuple[Bar, ...]
    attempts: int
    machines: int
    most: int
    areas: tuple[tuple[str, str], ...]
    ticks: tuple[tuple[float, float], ...]


def timeline(facts: Facts, jobs: Sequence[Job]) -> Timeline:
    """Return the machines of a run over its time."""
    attempts = facts.journal.attempts if facts.journal is not None else ()
    until = facts.end or facts.now
    seconds = max(1.0, (until - facts.began).total_seconds())
    entries = {job.entry.jobid: job.entry for job in jobs}
    bars = [
        Bar(
            attempt,
            tuple(entries[n] for n in attempt.jobids if n in entries),
            tuple(_phases(attempt, facts.began, until)),
        )
        for attempt in attempts
    ]
    machines = {attempt.machine or attempt.external_id for attempt in attempts}
    most = _most(bars)
    shown = bars
    if len(bars) > MAX_BARS:
        longest = sorted(bars, key=lambda bar: (bar.attempt.failure is None, -bar.total))
        chosen = {id(bar) for bar in longest[:MAX_BARS]}
        shown = [bar for bar in bars if id(bar) in chosen]
    return Timeline(
        seconds=seconds,
        bars=tuple(shown),
        attempts=len(bars),
        machines=len(machines),
        most=most,
        areas=_areas(bars, seconds, most),
        ticks=tuple(ticks(seconds)),
    )


def ticks(seconds: float) -> Iterable[tuple[float, float]]:
    """Yield place (0 to 100 %) and time (seconds) of four to eight round times."""
    steps = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
    step = next((step for step in steps if seconds / step <= 8), steps[-1])  # noqa: PLR2004
    at = 0
    while at <= seconds:
        yield 100 * at / seconds, at
        at += step if seconds / step <= 60 else int(seconds / 8)  # noqa: PLR2004 - months


def _phases(attempt: Attempt, began: datetime, until: datetime) -> Iterable[Phase]:
    """Yield the phases that the attempt has come to."""
    end = attempt.ended or until
    marks = [("wait", attempt.submitted), ("boot", attempt.scheduled), ("run", attempt.running)]
    known = [(kind, at) for kind, at in marks if at is not None]
    nexts = [at for _, at in known[1:]] + [end]
    for (kind, at), after in zip(known, nexts, strict=True):
        begin = max(0.0, (at - began).total_seconds())
        yield Phase(kind, begin, max(begin, (after - began).total_seconds()))


def _most(bars: Iterable[Bar]) -> int:
    """Return the most attempts at once."""
    changes = [
        change
        for bar in bars
        if bar.phases
        for change in ((bar.phases[0].begin, 1), (bar.phases[-1].end, -1))
    ]
    return max(accumulate(step for _, step in sorted(changes)), default=0)


def _areas(bars: Sequence[Bar], seconds: float, most: int) -> tuple[tuple[str, str], ...]:
    """Return outlines of the number of attempts by phase, as it is in the middle of each column."""
    levels = [0] * _COLUMNS
    outlines = []
    for kind in ("run", "boot", "wait"):
        changes = [0] * (_COLUMNS + 1)
        for phase in (phase for bar in bars for phase in bar.phases if phase.kind == kind):
            changes[_column(phase.begin, seconds)] += 1
            changes[_column(phase.end, seconds)] -= 1
        below = levels
        levels = [a + b for a, b in zip(below, accumulate(changes[:-1]), strict=True)]
        outlines.append((kind, _outline(below, levels, most)))
    return tuple(outlines)


def _column(at: float, seconds: float) -> int:
    """Return the first column whose middle is not before a time."""
    return min(_COLUMNS, max(0, math.ceil(at / seconds * _COLUMNS - 0.5)))


def _outline(low: Sequence[int], high: Sequence[int], most: int) -> str:
    """Return an SVG path of steps between two levels; y grows downwards from `most`."""
    width = WIDTH / _COLUMNS
    up = [f"{n * width:g} {most - y} {(n + 1) * width:g} {most - y}" for n, y in enumerate(high)]
    down = [f"{(n + 1) * width:g} {most - y} {n * width:g} {most - y}" for n, y in enumerate(low)]
    return f"M{' '.join(up)} {' '.join(reversed(down))}Z"

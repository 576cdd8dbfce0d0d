"""How long a job will take, by former ones of its rule: robust regression on input size. Pure.

The line is Theil's and Sen's: the median slope of all pairs, which a third of wild observations
cannot move. How far former jobs lay from the line, as a ratio, makes the band.
"""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

from headrace.money.records import Band, Basis
from headrace.planning.bands import shifted
from headrace.planning.history import Observation

ENOUGH = 5
"""Observations with the very number of threads that are preferred to all of the rule."""

MOST = 80
"""Observations that a line is put through: the latest."""

LEAST_SPREAD = 0.02
"""Half-width of a band at least, as a part: measurements never agree better."""

WILDEST = math.log(100)
"""A job that took a hundred times what was expected, or more, says no more than that."""

DECLARED_LIKELY = 0.25
DECLARED_LOW = 0.02
"""Parts of a time limit that stand for a job without history: a convention, nothing was measured.

Limits are set with room to spare.
"""


@dataclass(frozen=True)
class Line:
    """`base + slope * x`, never below `floor`."""

    base: float
    slope: float
    floor: float

    def at(self, x: float) -> float:
        """Return the value at `x`."""
        return max(self.floor, self.base + self.slope * x)


@dataclass(frozen=True)
class Prediction:
    """What a job is expected to need.

    Attributes:
        worked: seconds of its machine without the boot.
        tool: seconds of its command.
        memory_mb: its largest resident size, None if nobody knows.
        bytes_out: what it will leave, None if nobody knows.
        former: how many former jobs this rests on.
    """

    basis: Basis
    worked: Band
    tool: Band
    memory_mb: Band | None = None
    bytes_out: float | None = None
    former: int = 0


def predict(observations: Sequence[Observation], bytes_in: float, threads: int) -> Prediction:
    """Return what a job needs by former jobs of its rule, the latest first; there must be some."""
    used = _like(observations, threads)
    outs = [one.bytes_out / one.bytes_in for one in used if one.bytes_in > 0]
    measured = [one for one in used if one.peak_mb]
    memory = _band(measured, bytes_in, lambda one: one.peak_mb or 0.0) if measured else None
    return Prediction(
        basis=Basis.HISTORY,
        worked=_band(used, bytes_in, lambda one: one.worked),
        tool=_band(used, bytes_in, lambda one: one.tool),
        memory_mb=memory,
        bytes_out=statistics.median(outs) * bytes_in if outs else None,
        former=len(used),
    )


def declare(limit_seconds: float, overhead_seconds: float) -> Prediction:
    """Return what stands for a job without history: parts of its time limit."""
    tool = Band(
        low=DECLARED_LOW * limit_seconds,
        likely=DECLARED_LIKELY * limit_seconds,
        high=limit_seconds,
    )
    return Prediction(Basis.DECLARED, shifted(tool, overhead_seconds), tool)


def theil_sen(points: Sequence[tuple[float, float]]) -> Line:
    """Return the line through points; it is level where fewer than three places are known."""
    values = [y for _, y in points]
    floor = min(values) / 2
    if len({x for x, _ in points}) < 3:  # noqa: PLR2004 - two places make any line
        return Line(statistics.median(values), 0.0, floor)
    slopes = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points, 2) if x1 != x2]
    slope = max(0.0, statistics.median(slopes))  # more input never takes less
    base = statistics.median(y - slope * x for x, y in points)
    return Line(base, slope, floor)


def _like(observations: Sequence[Observation], threads: int) -> Sequence[Observation]:
    same = [one for one in observations if one.threads == threads]
    return (same if len(same) >= ENOUGH else observations)[:MOST]


def _band(
    used: Sequence[Observation], bytes_in: float, value: Callable[[Observation], float]
) -> Band:
    points = [(float(one.bytes_in), value(one)) for one in used]
    line = theil_sen(points)
    likely = line.at(bytes_in)
    places = [(y, line.at(x)) for x, y in points]
    logs = sorted(_bounded(math.log(y) - math.log(at)) for y, at in places if y > 0 and at > 0)
    below, above = _spread(logs)
    return Band(low=likely * math.exp(below), likely=likely, high=likely * math.exp(above))


def _bounded(log: float) -> float:
    return max(-WILDEST, min(WILDEST, log))


def _spread(logs: Sequence[float]) -> tuple[float, float]:
    """Return how far eight of ten lie around the line, wider where only few are known."""
    if not logs:
        return -math.log(2), math.log(2)
    wider = math.log(2) / len(logs)
    tenth = len(logs) // 10
    below, above = logs[tenth], logs[-1 - tenth]
    return min(below, -LEAST_SPREAD) - wider, max(above, LEAST_SPREAD) + wider

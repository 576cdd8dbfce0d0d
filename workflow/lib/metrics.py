"""What the sequencing metrics are called, measured in, and in which direction they improve."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Metric:
    """How a metric is shown and judged; a count has the unit ''."""

    title: str
    unit: str
    better: Literal["higher", "lower"]


METRICS = {
    "reads": Metric("Reads", "", "higher"),
    "q30": Metric("Bases at Q30 or better", "%", "higher"),
    "adapters": Metric("Reads with adapter", "%", "lower"),
    "bases_kept": Metric("Bases kept by trimming", "%", "higher"),
    "mapped": Metric("Mapped reads", "%", "higher"),
    "duplicates": Metric("Duplicates", "%", "lower"),
    "mismatches": Metric("Mismatches", "%", "lower"),
    "depth": Metric("Mean depth", "x", "higher"),
    "breadth": Metric("Bases at 10x or more", "%", "higher"),
    "variants": Metric("Variants", "", "higher"),
}


def gates(limits: Mapping[str, Mapping[str, float | None]]) -> dict[str, dict[str, Any]]:
    """The configured limits with each metric's own facts, as `scripts/gates.py` reads them."""
    return {name: {**asdict(metric), **limits[name]} for name, metric in METRICS.items()}

"""What the metrics of a table are called, measured in, and in which direction they improve."""

from collections.abc import Mapping
from typing import Any

METRICS: Mapping[str, Mapping[str, str]] = {
    "rows": {"title": "Rows", "unit": "", "better": "higher"},
    "missing": {"title": "Missing cells", "unit": "%", "better": "lower"},
    "malformed": {"title": "Malformed cells", "unit": "%", "better": "lower"},
    "out_of_range": {"title": "Cells out of range", "unit": "%", "better": "lower"},
    "duplicates": {"title": "Duplicate rows", "unit": "%", "better": "lower"},
    "kept": {"title": "Rows kept", "unit": "%", "better": "higher"},
}


def gates(limits: Mapping[str, Mapping[str, float | None]]) -> dict[str, dict[str, Any]]:
    """Return the configured limits with each metric's own facts, as `gates.py` reads them."""
    return {name: {**metric, **limits[name]} for name, metric in METRICS.items()}

"""docs/outputs.md repeats the metrics and their limits for readers; it must not go stale."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from workflow.lib.metrics import METRICS

ROOT = Path(__file__).parents[3]


def documented_metrics() -> Iterator[list[str]]:
    """The cells of each row of the table of metrics."""
    page = (ROOT / "docs" / "outputs.md").read_text()
    section = page.split("\n## Metrics\n")[1].split("\n## ")[0]
    for line in section.splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def shown(limit: float | None) -> str:
    return "none" if limit is None else f"{limit:,}"


def test_the_page_lists_every_metric_with_its_direction_and_default_limits() -> None:
    limits = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())["gates"]
    expected = [
        [f"`{name}`", metric.better, shown(limits[name]["warn"]), shown(limits[name]["fail"])]
        for name, metric in METRICS.items()
    ]
    assert [[row[0], *row[-3:]] for row in documented_metrics()] == expected


def test_the_page_gives_every_metric_its_unit() -> None:
    counted = {"reads": "reads", "variants": "variants"}
    expected = [metric.unit or counted[name] for name, metric in METRICS.items()]
    assert [row[1] for row in documented_metrics()] == expected

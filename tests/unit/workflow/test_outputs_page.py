"""Pages repeat metrics, settings and limits for readers; they must not go stale."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from workflow.lib.checking import load_schema
from workflow.lib.metrics import METRICS, gates
from workflow.lib.settings import complete, laid_over, load_profiles

ROOT = Path(__file__).parents[3]
PROFILES = load_profiles()
SETTINGS = {
    name: complete(
        laid_over(yaml.safe_load((ROOT / "config" / "config.yaml").read_text()), {"profile": name}),
        PROFILES,
    )
    for name in PROFILES
}
TABLES_OF_THEIR_OWN = {"gates", "resources", "images"}
COUNTED = {"reads": "reads", "variants": "variants", "ts_tv": "ratio"}


def rows(page: str, section: str) -> Iterator[list[str]]:
    """The cells of each row of a section's table, without code marks."""
    text = (ROOT / page).read_text().split(f"\n## {section}\n")[1].split("\n## ")[0]
    for line in text.splitlines():
        if line.startswith("| `"):
            yield [cell.strip().strip("`") for cell in line.strip("|").split(" | ")]


def leaves(schema: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, inner in schema["properties"].items():
        if "properties" in inner:
            yield from leaves(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def default(settings: Mapping[str, Any], name: str) -> str:
    value: Any = settings
    for key in name.split("."):
        value = value[key]
    shown = {"None": "null", "True": "true", "False": "false", "[]": "none"}
    return shown.get(str(value), str(value))


def limit(value: float | None) -> str:
    return "none" if value is None else f"{value:,}"


def test_every_setting_of_the_schema_has_a_row() -> None:
    expected = [
        name
        for name in leaves(load_schema("config"))
        if name.split(".")[0] not in TABLES_OF_THEIR_OWN
    ]
    assert [row[0] for row in rows("config/README.md", "Settings")] == expected


def test_every_setting_has_a_unit_and_a_meaning() -> None:
    assert all(row[1] and row[-1] for row in rows("config/README.md", "Settings"))


def test_defaults_are_those_of_the_profiles() -> None:
    for name, _, *shown, _ in rows("config/README.md", "Settings"):
        first = shown[0]
        assert [first if cell == "same" else cell for cell in shown] == [
            default(settings, name) for settings in SETTINGS.values()
        ], name


def test_limits_are_those_of_the_profiles() -> None:
    assert list(rows("config/README.md", "Gates")) == [
        [
            metric,
            *(
                f"{limit(limits['warn'])} / {limit(limits['fail'])}"
                for limits in (settings["gates"][metric] for settings in SETTINGS.values())
            ),
        ]
        for metric in METRICS
    ]


def test_every_metric_is_explained_as_the_data_dictionary_does() -> None:
    facts = gates(SETTINGS["wgs"]["gates"], 10)
    expected = [
        [
            name,
            fact["unit"] or COUNTED[name],
            fact["meaning"].replace("10 reads", "`coverage.breadth_depth` reads"),
            fact["source"],
            fact["better"],
        ]
        for name, fact in facts.items()
    ]
    assert list(rows("docs/outputs.md", "Metrics")) == expected


@pytest.mark.parametrize("column", load_schema("samples")["properties"])
def test_every_column_of_the_sheet_has_a_row(column: str) -> None:
    assert column in [row[0] for row in rows("config/README.md", "Sample sheet")]

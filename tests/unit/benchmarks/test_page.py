"""What is published is what was measured."""

import xml.etree.ElementTree as ET
from pathlib import Path

from benchmarks import results
from benchmarks.goals import GOALS, key_figures
from benchmarks.page import NAME, write
from benchmarks.plots import bars, lines

DOCS = Path(__file__).parents[3] / "docs"


def test_the_page_and_its_pictures_are_those_of_the_results(tmp_path: Path) -> None:
    write(results.read(), tmp_path)
    for made in sorted(tmp_path.rglob("*.*")):
        name = made.relative_to(tmp_path)
        assert (DOCS / name).read_text() == made.read_text(), f"{name}: run `make bench`"
    assert (tmp_path / NAME).exists()


def test_the_key_figures_are_those_of_the_measurements() -> None:
    found = results.read()
    assert found.key_figures == key_figures(found.figures)
    assert {goal.name for goal in GOALS} <= set(found.key_figures)


def test_plots_are_pictures_with_every_name_and_value_in_them() -> None:
    drawn = bars("Calls <&>", "calls", {"100 jobs": {"ours": 3.0, "theirs": 1234.0}})
    texts = [element.text for element in ET.fromstring(drawn).iter() if element.text]  # noqa: S314 # ours
    assert {"ours", "theirs", "1,234", "3", "100 jobs"} <= set(texts)
    grown = lines("Wall", "jobs", "seconds", {"ours": [(100, 7.0), (1000, 70.0)]})
    assert len(ET.fromstring(grown).findall(".//{*}circle")) == 2  # noqa: S314 # ours

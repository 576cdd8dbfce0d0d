"""The example's tables hold what was planted in them, and nothing else."""

import json
from pathlib import Path

import pytest

from examples.tables import simulate


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    assert simulate.main(["--out", str(folder)]) == 0
    return folder


def test_every_table_of_the_sheet_is_made(data: Path) -> None:
    sheet = Path("examples/tables/config/tables.tsv").read_text().splitlines()[1:]
    named = {line.split("\t")[1].removeprefix("data/") for line in sheet}
    assert named == {path.name for path in data.iterdir()} - {"truth.json", "COMPLETE"}


def test_the_truth_counts_the_faults_that_are_there(data: Path) -> None:
    truth = json.loads((data / "truth.json").read_text())
    text = (data / "desert.csv").read_text()
    assert text.count("-999.00") == truth["desert"]["faults"]["sentinel"] > 0
    assert text.count("n/a") == truth["desert"]["faults"]["malformed"] > 0
    assert len(text.splitlines()) == truth["desert"]["rows"] + 1
    assert truth["alps"]["faults"] == {}


def test_tables_are_the_same_each_time(data: Path, tmp_path: Path) -> None:
    simulate.main(["--out", str(tmp_path)])
    for name in ("alps.csv", "city.csv", "desert.csv"):
        assert (tmp_path / name).read_bytes() == (data / name).read_bytes()

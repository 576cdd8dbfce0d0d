"""The queries do in DuckDB what a person would do by hand."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from examples.tables.workflow.lib.queries import Questions

DUCKDB = Path(sys.executable).parent / "duckdb"
QUESTIONS = Questions(
    columns={
        "site": {"type": "VARCHAR", "required": True},
        "time": {"type": "TIMESTAMP", "required": True},
        "temp": {"type": "DOUBLE", "required": False, "min": -60, "max": 60},
    },
    key=["site", "time"],
)
HEADING = ["site", "time", "temp"]
NOON = "2026-03-01T12:00:00"
ONE = "2026-03-01T13:00:00"


def table(path: Path, rows: Sequence[Sequence[str]], heading: Sequence[str] = HEADING) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([heading, *rows])
    return path


def ask(query: str, path: Path) -> list[dict[str, Any]]:
    done = subprocess.run(
        [DUCKDB, "-json", "-c", query],
        env={**os.environ, "TABLE": str(path)},
        capture_output=True,
        check=True,
    )
    rows: list[dict[str, Any]] = json.loads(done.stdout or b"[]")
    return rows


def faults(path: Path) -> dict[str, int]:
    (row,) = ask(QUESTIONS.faults(str(path)), path)
    return row


def test_a_good_table_has_no_fault_and_keeps_all_its_rows(tmp_path: Path) -> None:
    path = table(tmp_path / "good.csv", [["a", NOON, "1.5"], ["a", ONE, ""]])
    assert faults(path) == {
        "rows": 2,
        "cells": 6,
        "missing": 0,
        "malformed": 0,
        "out_of_range": 0,
        "duplicates": 0,
    }
    assert ask(QUESTIONS.clean(str(path)), path) == [
        {"site": "a", "time": "2026-03-01 12:00:00", "temp": 1.5},
        {"site": "a", "time": "2026-03-01 13:00:00", "temp": None},
    ]


@pytest.mark.parametrize(
    ("rows", "fault", "count", "kept"),
    [
        ([["", NOON, "1"], ["a", " ", "1"]], "missing", 2, 0),
        ([["a", "soon", "1"], ["a", NOON, "warm"]], "malformed", 2, 0),
        ([["a", NOON, "-60"], ["a", ONE, "-60.1"], ["b", NOON, "999"]], "out_of_range", 2, 1),
        ([["a", NOON, "1"], ["a", NOON, "1"], ["a", NOON, "2"]], "duplicates", 2, 2),
    ],
)
def test_each_fault_is_counted_as_itself_only_and_its_row_left_out(
    rows: list[list[str]], fault: str, count: int, kept: int, tmp_path: Path
) -> None:
    path = table(tmp_path / "bad.csv", rows)
    found = faults(path)
    assert {
        name: found[name] for name in found if name not in {"rows", "cells"} and found[name]
    } == {fault: count}
    assert len(ask(QUESTIONS.clean(str(path)), path)) == kept


def test_a_column_that_is_not_there_is_missing_in_every_row(tmp_path: Path) -> None:
    path = table(tmp_path / "short.csv", [["a", "1"], ["b", "1"]], heading=["site", "temp"])
    assert faults(path)["missing"] == 2


def test_other_columns_are_let_pass_and_left_out(tmp_path: Path) -> None:
    path = table(tmp_path / "wide.csv", [["a", NOON, "1", "x"]], heading=[*HEADING, "note"])
    assert [list(row) for row in ask(QUESTIONS.clean(str(path)), path)] == [HEADING]


@pytest.mark.parametrize("content", ["", "site,time,temp\n"])
def test_a_table_without_rows_has_none(content: str, tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text(content)
    assert faults(path)["rows"] == 0
    assert ask(QUESTIONS.none(), path) == []


def test_a_file_name_is_never_read_as_sql(tmp_path: Path) -> None:
    path = table(tmp_path / "a'); SELECT 1; --.csv", [["a", NOON, "1"]])
    assert faults(path)["rows"] == 1


CELL = st.sampled_from(["", "a", "1", "-61", "61", "n/a", NOON, ONE])


@settings(
    max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(rows=st.lists(st.tuples(CELL, CELL, CELL), max_size=12))
def test_csv_and_parquet_of_the_same_rows_are_judged_alike(
    rows: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    path = table(tmp_path / "t.csv", rows)
    parquet = path.with_suffix(".parquet")
    copy = f"COPY (FROM read_csv('{path}', all_varchar = true, header = true)) TO '{parquet}'"
    ask(copy, path)
    assert faults(path) == faults(parquet)
    found = faults(path)
    kept = len(ask(QUESTIONS.clean(str(path)), path))
    assert kept <= found["rows"]
    clean = not any(found[name] for name in ("missing", "malformed", "out_of_range", "duplicates"))
    assert not clean or kept == found["rows"] == len(rows)

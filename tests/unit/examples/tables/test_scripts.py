"""From counted faults to the documents that verdicts and report are made of."""

from examples.tables.workflow.scripts import table_metrics, table_sections

FAULTS = {"rows": 200, "cells": 800, "missing": 4, "malformed": 0, "out_of_range": 2}


def test_faults_are_told_as_shares_of_cells_or_rows() -> None:
    made = table_metrics.document(
        "alps", [{**FAULTS, "duplicates": 10}], "", [{"sample": "alps", "rows": 188}]
    )
    assert made["problems"] == []
    assert made["metrics"] == {
        "rows": 200,
        "missing": 0.5,
        "malformed": 0.0,
        "out_of_range": 0.25,
        "duplicates": 5.0,
        "kept": 94.0,
    }


def test_a_table_without_rows_has_nothing_to_take_shares_of() -> None:
    made = table_metrics.document("alps", [dict.fromkeys([*FAULTS, "duplicates"], 0)], "", [])
    assert made["metrics"]["rows"] == 0
    assert made["metrics"]["missing"] is None
    assert made["metrics"]["kept"] is None


def test_a_table_that_cannot_be_read_has_a_problem_and_no_metrics() -> None:
    made = table_metrics.document("torn", [], "IO Error: torn", [])
    assert made["problems"] == ["The file cannot be read: IO Error: torn"]
    assert made["metrics"] == {}


def test_the_curve_has_a_line_for_each_table_in_the_order_of_its_points() -> None:
    rows = [{"sample": "alps", "x": x, "y": float(x)} for x in (9, 10, 11)]
    section = table_sections.curve_section(rows, {"value": "t", "over": "hour", "of": "time"})
    assert section["data"] == {"alps": [(9, 9.0), (10, 10.0), (11, 11.0)]}


def test_the_summary_has_a_row_for_each_table() -> None:
    section = table_sections.summary_section([{"sample": "alps", "rows": 3, "t_mean": 1.0}])
    assert section["data"] == {"alps": {"rows": 3, "t_mean": 1.0}}

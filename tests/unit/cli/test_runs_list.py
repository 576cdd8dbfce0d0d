"""Runs are found again by what people know of them, and read by programs."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from jsonschema import validate

from headrace import cli
from headrace.commands import runs_list
from headrace.gcs import ObjectUri
from headrace.runs.documents import schemas
from headrace.runs.listing import State
from headrace.runs.records import Grade
from headrace.runs.selection import Wanted
from tests.unit.cli.results import NOW, Results


@pytest.fixture
def listed(results: Results, capsys: pytest.CaptureFixture[str]) -> Callable[[Wanted], list[str]]:
    """A bucket with runs in every state, and what a list of it shows."""
    results.submit("submitted", minutes_ago=1)
    results.submit("going", minutes_ago=2)
    results.progress("going")
    results.submit("good", minutes_ago=3)
    results.succeed("good", Grade.PASS)
    results.submit("mixed", minutes_ago=60)
    results.succeed("mixed", Grade.PASS, Grade.FAIL)
    results.submit("failed", minutes_ago=4)
    results.fail("failed")
    results.submit("stopped", minutes_ago=5)
    results.fail("stopped", cancelled=True)
    results.progress("by-hand")

    def show(wanted: Wanted) -> list[str]:
        runs_list.show_list(results.store, "results", wanted, as_json=True)
        return [run["run_id"] for run in json.loads(capsys.readouterr().out)]

    return show


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(states=(State.FAILED, State.CANCELLED)), ["failed", "stopped"]),
        (Wanted(states=(State.SUBMITTED,)), ["submitted"]),
        (Wanted(verdict=Grade.FAIL), ["mixed"]),
        (Wanted(verdict=Grade.PASS), ["good", "mixed"]),
        (Wanted(sample="s1"), ["mixed"]),
        (Wanted(rule="other"), []),
        (Wanted(rule="paired", limit=2), ["submitted", "going"]),
        (Wanted(since=NOW - timedelta(minutes=3)), ["submitted", "going", "good"]),
    ],
)
def test_runs_are_found_by_what_is_known_of_them(
    listed: Callable[[Wanted], list[str]], wanted: Wanted, found: list[str]
) -> None:
    assert listed(wanted) == found


def test_a_summary_says_what_a_program_needs(
    results: Results, capsys: pytest.CaptureFixture[str]
) -> None:
    results.submit("r")
    results.progress("r")
    results.fail("r")
    results.cost("r", 1.5)
    runs_list.show_list(results.store, "results", as_json=True)
    (run,) = json.loads(capsys.readouterr().out)
    assert run["state"] == "failed"
    assert run["cost"] == {"amount": 1.5, "currency": "USD"}
    assert run["sentence"].startswith("1 job failed")
    assert (run["jobs_done"], run["jobs_total"]) == (5, 12)


def test_the_cost_stands_in_the_table(results: Results, capsys: pytest.CaptureFixture[str]) -> None:
    results.submit("r")
    results.cost("r", 0.123)
    runs_list.show_list(results.store, "results")
    assert "0.12 USD" in capsys.readouterr().out


def test_a_damaged_document_hides_no_other_run(
    results: Results, capsys: pytest.CaptureFixture[str]
) -> None:
    results.submit("whole")
    results.submit("damaged")
    results.store.write(ObjectUri("results", "runs/damaged/outputs.json"), b"{")
    runs_list.show_list(results.store, "results")
    text = capsys.readouterr().out
    assert "whole" in text
    assert "damaged\tby hand\tunreadable" in text
    assert "outputs.json" in text


def test_a_list_of_none_of_many_says_so(
    results: Results, capsys: pytest.CaptureFixture[str]
) -> None:
    results.submit("r")
    runs_list.show_list(results.store, "results", Wanted(rule="other"))
    assert capsys.readouterr().out == "None of 1 runs is like that.\n"


def test_one_run_can_be_had_with_its_documents(
    results: Results, capsys: pytest.CaptureFixture[str]
) -> None:
    results.submit("r")
    results.succeed("r", Grade.WARN)
    runs_list.show(results.store, "results", "r", as_json=True)
    shown = json.loads(capsys.readouterr().out)
    assert shown["state"] == "succeeded"
    validate(shown["run"], schemas()["run.json"])
    validate(shown["outputs"], schemas()["outputs.json"])


def test_a_run_that_is_silent_or_failed_has_a_next_step(
    results: Results, capsys: pytest.CaptureFixture[str]
) -> None:
    results.submit("silent", minutes_ago=300)
    results.submit("failed")
    results.fail("failed")
    for run in ("silent", "failed"):
        runs_list.show(results.store, "results", run)
    text = capsys.readouterr().out
    assert "headrace sweep" in text
    assert "headrace runs rerun failed" in text


def test_a_run_id_that_is_nearly_right_is_guessed(
    results: Results, capsys: pytest.CaptureFixture[str]
) -> None:
    results.submit("paired-reads-123")
    with pytest.raises(Exception, match="did you mean 'paired-reads-123'"):
        runs_list.show(results.store, "results", "paired-read-123")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--state", "faild"], "submitted, running, succeeded"),
        (["--since", "soon"], "such as 7d"),
        (["--verdict", "BAD"], "invalid"),
    ],
)
def test_a_wrong_filter_is_refused_with_the_right_ones(
    words: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["runs", "list", *words])
    assert left.value.code == 2
    assert reason in capsys.readouterr().err


def test_all_schemas_can_be_had_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["runs", "schema"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == set(schemas())

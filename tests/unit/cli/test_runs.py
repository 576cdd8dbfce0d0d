"""Runs are shown as their folders tell of them."""

from datetime import timedelta

import pytest

from headrace.commands import run_words, runs_list
from headrace.errors import InputError, RecordError
from headrace.gcs import ObjectUri
from headrace.runs import listing
from headrace.runs.listing import State
from headrace.runs.records import Grade
from headrace.runs.status import RunState
from tests.unit.cli.results import Results


def lines(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    return [line.split("\t") for line in capsys.readouterr().out.splitlines()]


def test_the_state_follows_from_the_documents(results: Results) -> None:
    def state() -> State:
        return listing.read_run(results.store, "results", "r").state

    results.submit("r")
    assert state() is State.SUBMITTED
    results.progress("r")
    assert state() is State.RUNNING
    results.fail("r")
    assert state() is State.FAILED
    results.succeed("r")
    assert state() is State.SUCCEEDED


@pytest.mark.parametrize("state", [RunState.SUCCEEDED, RunState.FAILED])
def test_a_run_whose_workflow_is_over_runs_until_its_controller_says_so(
    results: Results, state: RunState
) -> None:
    results.submit("r")
    results.progress("r", state)
    assert listing.read_run(results.store, "results", "r").state is State.RUNNING


@pytest.mark.parametrize("state", list(RunState))
def test_a_run_by_hand_has_the_state_of_its_workflow(results: Results, state: RunState) -> None:
    results.progress("manual", state)
    run = listing.read_run(results.store, "results", "manual")
    assert run.state.value == state.value
    assert (run.ended is None) == (state is RunState.RUNNING)


def test_the_list_shows_the_latest_first(
    results: Results, capsys: pytest.CaptureFixture[str]
) -> None:
    results.submit("old", minutes_ago=60)
    results.succeed("old", Grade.PASS, Grade.FAIL, Grade.PASS)
    results.submit("new", minutes_ago=1)
    results.submit("going", minutes_ago=5)
    results.progress("going")
    runs_list.show_list(results.store, "results")
    heading, *rows = lines(capsys)
    assert heading == run_words.COLUMNS
    assert [row[0] for row in rows] == ["new", "going", "old"]
    assert rows[1][1:4] == ["run42 s1 L001", "running", "5/12 align"]
    assert rows[2][2:] == ["succeeded", "", "1 h 00 min", "", "2 PASS, 1 FAIL"]


def test_a_list_of_no_runs_says_what_to_do(
    results: Results, capsys: pytest.CaptureFixture[str]
) -> None:
    runs_list.show_list(results.store, "results")
    assert "headrace upload" in capsys.readouterr().out


def test_one_run_is_shown_with_its_uploads_and_verdicts(
    results: Results, capsys: pytest.CaptureFixture[str]
) -> None:
    results.submit("r")
    results.succeed("r", Grade.WARN)
    runs_list.show(results.store, "results", "r")
    text = capsys.readouterr().out
    assert "r: succeeded" in text
    assert "gs://inbox/run42/s1_L001_R2.fastq.gz#17" in text
    assert "gs://results/runs/r/report/multiqc.html" in text
    assert "s0\tWARN\tBecause 0." in text


def test_a_failed_run_is_shown_with_its_sentence_and_logs(
    results: Results, capsys: pytest.CaptureFixture[str]
) -> None:
    results.submit("r")
    results.progress("r")
    results.fail("r")
    runs_list.show(results.store, "results", "r")
    text = capsys.readouterr().out
    assert "1 job failed: align (sample=s1)." in text
    assert "gs://r/x.log" in text
    assert "gs://results/runs/r/logs/controller.log" in text


def test_a_run_that_is_not_there_is_one_sentence(results: Results) -> None:
    with pytest.raises(InputError, match="There is no run 'x' in gs://results"):
        runs_list.show(results.store, "results", "x")


def test_a_document_that_cannot_be_read_is_named(results: Results) -> None:
    results.store.write(ObjectUri("results", "runs/r/outputs.json"), b"{")
    with pytest.raises(RecordError, match=r"gs://results/runs/r/outputs\.json"):
        runs_list.show(results.store, "results", "r")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0 s"), (7.9, "7 s"), (200, "3 min 20 s"), (3900, "1 h 05 min"), (90000, "25 h 00 min")],
)
def test_a_duration_is_said_as_people_do(seconds: float, text: str) -> None:
    assert run_words.duration(timedelta(seconds=seconds)) == text

"""headrace.planning.durations: former runs tell how long commands take."""

from datetime import UTC, datetime

import pytest

from headrace.planning.durations import GUESSED, expected
from headrace.planning.graph import PlannedJob, PlannedWorkflow
from headrace.planning.guesses import guessed
from headrace.planning.history import Observation, RunHistory

WORKFLOW = PlannedWorkflow(
    jobs=(
        PlannedJob(jobid=1, rule="a", runtime_minutes=60),
        PlannedJob(jobid=2, rule="b", runtime_minutes=60),
        PlannedJob(jobid=3, rule="all", local=True),
    )
)


def run(*rules: str) -> RunHistory:
    return RunHistory(
        run_id="r",
        began=datetime(2026, 1, 1, tzinfo=UTC),
        observations=tuple(
            Observation(rule=r, threads=1, mem_mb=0, bytes_in=0, bytes_out=0, worked=30, tool=20)
            for r in rules
        ),
    )


def test_a_rule_that_ran_before_takes_as_long_again_and_others_are_guessed() -> None:
    seconds, source = expected(WORKFLOW, [run("a"), run("a")])
    assert seconds[1] == pytest.approx(20)
    assert seconds[2] == guessed(WORKFLOW)[2]
    assert source == f"1 of them by 2 former runs and the rest {GUESSED}"


def test_the_source_is_told_in_a_word_if_there_is_one_only() -> None:
    assert expected(WORKFLOW, [])[1] == GUESSED
    assert expected(WORKFLOW, [run("a", "b")])[1] == "by 1 former runs"

"""headrace.planning.guesses: how long commands may take, where no earlier run tells."""

import pytest

from headrace.planning.graph import PlannedFile, PlannedJob, PlannedWorkflow
from headrace.planning.guesses import guessed


def chain(size: int | None, *, threads: int = 1) -> PlannedWorkflow:
    between = PlannedFile("between")
    return PlannedWorkflow(
        jobs=(
            PlannedJob(
                jobid=1,
                rule="a",
                threads=threads,
                runtime_minutes=60,
                inputs=(PlannedFile("in", size),),
                outputs=(between, PlannedFile("other")),
            ),
            PlannedJob(jobid=2, rule="b", runtime_minutes=60, inputs=(between,), after=(1,)),
        )
    )


def test_a_step_takes_as_long_as_there_is_to_read_and_leaves_as_much() -> None:
    assert guessed(chain(200_000_000)) == {1: 10 + 100, 2: 10 + 50}


def test_threads_share_the_work() -> None:
    assert guessed(chain(200_000_000, threads=4))[1] == 10 + 25


def test_nothing_takes_longer_than_its_limit() -> None:
    assert guessed(chain(10**12)) == {1: 3600, 2: 3600}


def test_without_sizes_it_is_the_middle_between_ten_seconds_and_the_limit() -> None:
    assert guessed(chain(None)) == {
        1: pytest.approx(189.7, abs=0.1),
        2: pytest.approx(189.7, abs=0.1),
    }

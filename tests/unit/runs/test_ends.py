"""A run has one end, whoever writes it and in whatever order."""

import itertools

import pytest

from headrace.gcs import ObjectUri
from headrace.runs import ending, ends
from headrace.runs.console import Report
from headrace.runs.records import RunError, RunOutputs
from headrace.runs.scene import End
from tests.unit.arrivals.memory import MemoryStore
from tests.unit.runs.conftest import NOW

FOLDER = ObjectUri("results", "runs/paired-1")


def outputs(store: MemoryStore) -> RunOutputs:
    return ending.outputs(store, FOLDER, Report(jobs_done=3), 1, NOW)


def error(sentence: str) -> RunError:
    return ending.error(FOLDER, sentence, NOW)


def test_a_run_that_goes_on_has_no_end(store: MemoryStore) -> None:
    assert ends.read(store, FOLDER) is None


def test_what_was_written_is_the_end(store: MemoryStore) -> None:
    assert ends.write(store, FOLDER, error("So.")) == error("So.")
    assert ends.read(store, FOLDER) == error("So.")


def test_a_controller_that_is_stopped_does_not_hide_that_it_was_cancelled(
    store: MemoryStore,
) -> None:
    ends.write(store, FOLDER, error("Cancelled by Ann."))
    assert ends.write(store, FOLDER, error("Told to stop.")) == error("Cancelled by Ann.")
    assert ends.read(store, FOLDER) == error("Cancelled by Ann.")


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_results_that_are_all_there_are_the_end_in_any_order(
    store: MemoryStore, order: tuple[int, ...]
) -> None:
    candidates: list[End] = [outputs(store), error("One."), error("Two.")]
    for number in order:
        ends.write(store, FOLDER, candidates[number])
    assert isinstance(ends.read(store, FOLDER), RunOutputs)

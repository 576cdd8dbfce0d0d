"""What runs leave for later estimates, and how it is read."""

from datetime import timedelta

import msgspec
import pytest

from headrace.gcs import ObjectUri
from headrace.money import memory
from headrace.money.billing import run_cost
from headrace.money.records import Band, EstimateCheck
from headrace.planning import history
from headrace.planning.history import MOST_OF_A_RULE, RunHistory
from headrace.planning.pricetable import BUILT_IN
from headrace.runs.journal import Journal, StepUse
from tests.unit.arrivals.memory import MemoryStore
from tests.unit.money.journals import NOW, at, attempt, job, journal


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(lambda: NOW)


def told_by(told: Journal) -> RunHistory:
    found = history.of_run(told, run_cost(told, BUILT_IN, "us-central1", at(1000)))
    assert found is not None
    return found


def keep(store: MemoryStore, told: Journal) -> None:
    memory.keep(store, "results", told, run_cost(told, BUILT_IN, "us-central1", at(1000)))


def test_a_job_leaves_its_times_sizes_and_peaks() -> None:
    step = StepUse(
        name="align", exit_code=0, wall_seconds=60.0, cpu_seconds=90.0, peak_memory_mb=700.0
    )
    told = told_by(journal([job(1)], [attempt(1, steps=(step,), bytes_in=500, bytes_out=50)]))
    (one,) = told.observations
    assert (one.rule, one.mem_mb, one.bytes_in, one.bytes_out) == ("align", 2000, 500, 50)
    assert (one.worked, one.tool, one.cpu, one.peak_mb) == (100, 60, 90, 700)
    assert (told.boots, told.queues) == ((70,), (5,))


def test_failed_jobs_leave_nothing_but_their_losses() -> None:
    lost = attempt(1, state="failed", failure="infrastructure", spot=True)
    told = told_by(journal([job(1)], [lost, attempt(1, 200, spot=True)]))
    assert len(told.observations) == 1
    assert told.spot_losses == 1
    assert told.spot_hours == pytest.approx(2 * 170 / 3600)


def test_the_members_of_a_group_divide_their_machine() -> None:
    steps = (
        StepUse(name="a", exit_code=0, wall_seconds=20.0),
        StepUse(name="b", exit_code=0, wall_seconds=60.0),
    )
    told = told_by(journal([job(1, "a"), job(2, "b")], [attempt((1, 2), steps=steps)]))
    assert [(one.rule, one.worked) for one in told.observations] == [("a", 25), ("b", 75)]


def test_the_rest_of_the_paid_minute_is_no_work() -> None:
    short = attempt(1, scheduled=at(0), running=at(5), ended=at(15))
    (one,) = told_by(journal([job(1)], [short])).observations
    assert one.worked == 10


def test_a_run_of_many_jobs_keeps_some_of_each_rule() -> None:
    jobs = [job(number) for number in range(1, 500)]
    told = told_by(journal(jobs, [attempt(number) for number in range(1, 500)]))
    assert len(told.observations) <= MOST_OF_A_RULE


def test_the_latest_runs_are_read_and_no_more(store: MemoryStore) -> None:
    for number in range(6):
        told = journal([job(1)], [attempt(1, number * 86400.0)])
        keep(store, msgspec.structs.replace(told, run_id=f"r{number}"))
    found = memory.recall(store, "results", most=3)
    assert [run.run_id for run in found] == ["r5", "r4", "r3"]


def test_a_run_that_is_told_of_twice_is_there_once(store: MemoryStore) -> None:
    for _ in range(2):
        keep(store, journal([job(1)], [attempt(1)]))
    assert len(memory.recall(store, "results")) == 1


def test_a_run_that_submitted_nothing_leaves_nothing(store: MemoryStore) -> None:
    keep(store, journal([job(1)], []))
    assert memory.recall(store, "results") == []


def test_documents_that_do_not_fit_are_left_out(store: MemoryStore) -> None:
    keep(store, journal([job(1)], [attempt(1)]))
    store.write(ObjectUri("results", "history/0000000001-later.json"), b'{"version": 9}')
    assert [run.run_id for run in memory.recall(store, "results")] == ["r1"]


def test_zero_history_makes_published_figures() -> None:
    assert history.usual_boot([]) == 68.6
    assert history.losses_per_hour([]) == pytest.approx(0.05)
    assert history.error_of_estimates([]) is None


def test_losses_seen_move_the_assumed_rate() -> None:
    run = RunHistory(run_id="r", began=NOW, spot_hours=180, spot_losses=39)
    assert history.losses_per_hour([run]) == pytest.approx(0.2)


def test_the_errors_of_estimates_are_remembered() -> None:
    told = journal([job(1)], [attempt(1)])
    cost = run_cost(told, BUILT_IN, "us-central1", at(1000))
    band = Band(low=1, likely=1, high=1)
    for error, days in ((-0.4, 0), (0.1, 1), (0.2, 2)):
        check = EstimateCheck(expected=band, actual=1, error=error)
        later = msgspec.structs.replace(
            cost, estimate=check, began=NOW + timedelta(days=days), run_id=f"r{days}"
        )
        one = history.of_run(told, later)
        assert one is not None
        assert one.estimate_error == error
    runs = [RunHistory(run_id="r", began=NOW, estimate_error=error) for error in (-0.4, 0.1, 0.2)]
    assert history.error_of_estimates(runs) == (0.2, 3)

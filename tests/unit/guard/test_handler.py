"""Messages warn, then pause and cancel, once; resuming is respected."""

import logging

import pytest

from headrace.errors import ServiceError, UnavailableError
from headrace.gcs import ObjectUri
from headrace.guard import pause
from headrace.guard.decisions import Step
from headrace.guard.pause import PauseState
from headrace.pipeline import Action, Disk, Machine, Pipeline
from headrace.records import encode_json
from headrace.runs.controllers import CONTROLLERS
from headrace.runs.status import RunState, RunStatus
from headrace.services.protocol import RUN_LABEL
from tests.unit.arrivals.memory import MemoryService
from tests.unit.guard.conftest import World


def job(run: str) -> Pipeline:
    machine = Machine("e2-small", 1, 1000, "us-central1", Disk("work", 10, "/work"))
    return Pipeline((Action("a", "image", ()),), machine, 60, labels={RUN_LABEL: run})


def submit(world: World, *runs: str) -> None:
    """A controller and a job for each run."""
    for run in runs:
        world.service.submit(run, job(CONTROLLERS))
        world.service.submit(f"{run}-align", job(run))


def write_status(world: World, run: str, state: RunState) -> None:
    status = RunStatus(run_id=run, state=state, started=world.now, updated=world.now)
    world.store.write(ObjectUri("results", f"runs/{run}/status.json"), encode_json(status))


def state(world: World) -> PauseState:
    found = pause.read(world.store, "results")
    assert found is not None
    return found


def test_below_every_threshold_nothing_is_done(world: World) -> None:
    assert world.receive(costAmount=12.5) is None
    assert pause.read(world.store, "results") is None


def test_a_threshold_warns_once_and_stops_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    submit(world, "r1")
    with caplog.at_level(logging.WARNING):
        steps = [world.receive(costAmount=cost) for cost in (50.1, 50.1, 61.0, 81.0, 55.0)]
    assert steps == [Step.WARN_OF_HALF, None, None, Step.WARN_OF_MOST, None]
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert "81.00 of 100.00 USD (81% of the budget" in caplog.text
    assert pause.read(world.store, "results") is None
    assert len(world.service.submitted) == 2


def test_at_the_limit_the_door_is_closed_and_everything_is_cancelled(world: World) -> None:
    """Jobs of runs by trigger and by hand, and nothing that is not ours."""
    submit(world, "r1", "r2")
    world.service.submit("hand-qc", job("hand"))
    world.service.submit("stranger", job("somebody-else"))
    write_status(world, "hand", RunState.RUNNING)
    write_status(world, "old", RunState.FAILED)
    world.service.submit("old-qc", job("old"))
    assert world.receive(costAmount=100.0) is Step.PAUSE
    assert set(world.service.submitted) == {"stranger", "old-qc"}
    assert state(world) == PauseState(
        paused=True,
        reason="100.00 of 100.00 USD (100% of the budget 'headrace lab-project') are spent "
        "since 2026-10-01",
        by="guard",
        since=world.now,
    )


def test_who_resumes_is_not_overruled_within_the_month(world: World) -> None:
    """Neither by duplicates, nor by late messages, nor by higher amounts of the same budget."""
    assert world.receive(costAmount=101) is Step.PAUSE
    resumed = PauseState(paused=False, reason="paid", by="ada", since=world.now)
    pause.write(world.store, "results", resumed)
    assert [world.receive(costAmount=cost) for cost in (101, 70, 130)] == [None, None, None]
    assert state(world) == resumed


def test_a_new_month_and_a_raised_budget_can_pause_again(world: World) -> None:
    assert world.receive(costAmount=101) is Step.PAUSE
    assert world.receive(costAmount=180, budgetAmount=200) is Step.WARN_OF_MOST
    assert world.receive(costAmount=201, budgetAmount=200) is Step.PAUSE
    assert world.receive(costAmount=99, costIntervalStart="2026-11-01T07:00:00Z") is not None


def test_another_currency_is_a_share_like_any_other(world: World) -> None:
    assert world.receive(costAmount=9_900, budgetAmount=12_000, currencyCode="JPY") is (
        Step.WARN_OF_MOST
    )


def test_a_step_that_was_not_finished_is_taken_again_by_the_next_message() -> None:
    service = SometimesDeaf()
    world = World(service)
    submit(world, "r1")
    service.deaf = True
    with pytest.raises(ServiceError, match="2 of 2 jobs could not be cancelled"):
        world.receive(costAmount=101)
    assert state(world).paused
    service.deaf = False
    assert world.receive(costAmount=101) is Step.PAUSE
    assert not service.submitted


class SometimesDeaf(MemoryService):
    """A service that does not always answer to `cancel`."""

    deaf = False

    def cancel(self, name: str) -> None:
        if self.deaf:
            raise UnavailableError(f"no answer about {name}")
        super().cancel(name)

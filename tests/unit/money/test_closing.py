"""Runs that did not settle themselves are settled by others; caps that cannot be judged refuse."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from headrace.errors import CapExceededError, InputError
from headrace.gcs import ObjectUri
from headrace.money import accounts, admission, closing, memory, settling
from headrace.money.ledger import Caps, Reservation
from headrace.planning.graph import PlannedWorkflow
from headrace.records import encode_json
from headrace.runs.journal import JOBS_FILE
from headrace.runs.records import RunError, RunRequest, run_folder
from headrace.runs.scene import Scene
from headrace.runs.workspace import place
from headrace.settings import Settings
from tests.unit.arrivals.memory import MemoryStore
from tests.unit.money.journals import NOW, at, attempt, job, journal
from tests.unit.planning.test_estimating import made

SETTINGS = Settings(
    project="p", region="us-central1", results="results", stage_image="s", controller_image="c"
)
LATER = NOW + timedelta(days=1)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(lambda: NOW)


def request(run_id: str, **more: Any) -> RunRequest:
    return RunRequest(run_id=run_id, rule="paired", created=at(-60), image="c", objects=[], **more)


def scene_of(store: MemoryStore, settings: Settings = SETTINGS, **more: Any) -> Scene:
    folder = run_folder("results", "r1")
    space = place(Path("unused"))
    return Scene(request("r1", **more), settings, folder, store, space, {}, lambda: at(1000))


def begin(store: MemoryStore, run_id: str, *, days: int = 3, told: bool = True) -> None:
    """Let a run in that then says nothing of its end."""
    wanted = Reservation(run_id=run_id, amount=9, made=NOW, expires=NOW + timedelta(days=days))
    admission.reserve(store, "results", wanted, Caps(), "USD")
    if told:
        folder = run_folder("results", run_id)
        store.write(folder / "run.json", encode_json(request(run_id)))
        said = msgspec.structs.replace(journal([job(1)], [attempt(1)]), run_id=run_id)
        store.write(folder / JOBS_FILE, encode_json(said))


def end(store: MemoryStore, run_id: str) -> None:
    ended = RunError(
        run_id=run_id, sentence="No.", failed_jobs=[], exit_code=1, log="l", ended=at(300)
    )
    store.write(run_folder("results", run_id) / "error.json", encode_json(ended))


def test_a_run_that_ended_without_settling_is_settled_with_its_cost(store: MemoryStore) -> None:
    begin(store, "crashed")
    begin(store, "going")
    end(store, "crashed")
    assert closing.settle_left(store, SETTINGS, LATER) == ["crashed"]
    cost = accounts.read(store, "results", "crashed")
    assert cost is not None
    state = admission.read(store, "results")
    assert [one.run_id for one in state.open] == ["going"]
    assert state.on_day(NOW.date()) == pytest.approx(9 + cost.amounts.total)
    assert [told.run_id for told in memory.recall(store, "results")] == ["crashed"]


def test_a_run_without_an_end_is_settled_when_all_its_machines_must_have_stopped(
    store: MemoryStore,
) -> None:
    begin(store, "lost")
    assert closing.settle_left(store, SETTINGS, LATER) == []
    assert closing.settle_left(store, SETTINGS, NOW + timedelta(days=3)) == ["lost"]
    assert 0 < admission.read(store, "results").on_day(NOW.date()) < 9


def test_a_run_that_never_told_of_anything_has_cost_nothing(store: MemoryStore) -> None:
    begin(store, "silent", days=0, told=False)
    assert closing.settle_left(store, SETTINGS, LATER) == ["silent"]
    assert admission.read(store, "results").on_day(NOW.date()) == 0


def test_a_requests_own_cap_goes_before_the_installations(store: MemoryStore) -> None:
    settings = msgspec.structs.replace(SETTINGS, cap_run=5, cap_month=100)
    assert settling.caps_of(scene_of(store, settings)) == Caps(run=5, month=100)
    assert settling.caps_of(scene_of(store, settings, cap=7.5)) == Caps(run=7.5, month=100)
    assert not settling.caps_of(scene_of(store)).any


def test_caps_in_another_currency_than_the_prices_are_refused(store: MemoryStore) -> None:
    settings = msgspec.structs.replace(SETTINGS, cap_run=5, cap_currency="EUR")
    with pytest.raises(InputError, match="caps are in EUR and the prices in USD"):
        settling.caps_of(scene_of(store, settings))


def test_a_machine_without_a_price_cannot_be_held_to_a_cap(store: MemoryStore) -> None:
    unpriced = msgspec.structs.replace(made(), unpriced=("h3-standard-88",))
    with pytest.raises(CapExceededError, match="no price of h3-standard-88"):
        settling.reserve(scene_of(store), unpriced, PlannedWorkflow(), Caps(run=1000))


def test_a_refused_run_is_let_in_once_what_others_left_is_settled(store: MemoryStore) -> None:
    begin(store, "crashed")
    end(store, "crashed")
    wanted = msgspec.structs.replace(made(), worst=8.0)
    settling.reserve(scene_of(store), wanted, PlannedWorkflow(), Caps(day=10))
    assert [one.run_id for one in admission.read(store, "results").open] == ["r1"]


def test_a_refusal_names_the_dearest_rules(store: MemoryStore) -> None:
    with pytest.raises(
        CapExceededError, match=r"The dearest at most: (align|call) 0\.\d\d \(2 jobs"
    ):
        settling.reserve(scene_of(store), made(), PlannedWorkflow(), Caps(run=0.01))


def test_without_caps_a_broken_ledger_stops_no_run(store: MemoryStore) -> None:
    store.write(ObjectUri("results", f"{admission.LEDGER_FOLDER}/00000001.json"), b"{")
    settling.reserve(scene_of(store), made(), PlannedWorkflow(), Caps())
    with pytest.raises(InputError):
        settling.reserve(scene_of(store), made(), PlannedWorkflow(), Caps(day=100))

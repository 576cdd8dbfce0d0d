"""Costs of runs in a results bucket, read, computed, written and added up."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from headrace.commands import cost as command
from headrace.errors import InputError
from headrace.gcs import ObjectUri
from headrace.money import accounts, settling
from headrace.records import encode_json
from headrace.runs.journal import JOBS_FILE, Journal
from headrace.runs.records import RunError, RunRequest, run_folder
from headrace.runs.scene import Scene
from headrace.runs.status import RunState, RunStatus
from headrace.runs.workspace import place
from headrace.settings import Settings
from tests.unit.arrivals.memory import MemoryStore
from tests.unit.money.journals import NOW, at, attempt, job, journal

SETTINGS = Settings(
    project="p", region="us-central1", results="results", stage_image="s", controller_image="c"
)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(lambda: NOW)


def keep(store: MemoryStore, run_id: str, told: Journal) -> None:
    told = msgspec.structs.replace(told, run_id=run_id)
    store.write(run_folder("results", run_id) / JOBS_FILE, encode_json(told))


def request(run_id: str) -> RunRequest:
    return RunRequest(run_id=run_id, rule="paired", created=at(-60), image="c", objects=[])


def ended_in_error(run_id: str) -> RunError:
    return RunError(
        run_id=run_id, sentence="No.", failed_jobs=[], exit_code=1, log="gs://r/l", ended=at(300)
    )


def test_a_run_by_hand_is_computed_from_its_journal(store: MemoryStore) -> None:
    keep(store, "r1", journal([job(1)], [attempt(1)]))
    cost = accounts.of_run(store, SETTINGS, "r1", at(1000))
    assert cost.amounts.total > 0
    assert cost.controller.total == 0


def test_what_was_written_at_the_end_is_not_computed_again(store: MemoryStore) -> None:
    keep(store, "r1", journal([job(1)], [attempt(1)]))
    written = accounts.of_run(store, SETTINGS, "r1", at(1000))
    accounts.write(store, "results", written)
    keep(store, "r1", journal([job(1)], []))
    assert accounts.of_run(store, SETTINGS, "r1", at(2000)) == written


def test_a_run_that_goes_on_is_not_over_though_all_its_attempts_are(store: MemoryStore) -> None:
    keep(store, "r1", journal([job(1)], [attempt(1)]))
    folder = run_folder("results", "r1")
    for state, over in ((RunState.RUNNING, False), (RunState.SUCCEEDED, True)):
        status = RunStatus(run_id="r1", state=state, started=NOW, updated=NOW)
        store.write(folder / "status.json", encode_json(status))
        assert accounts.of_run(store, SETTINGS, "r1", at(1000)).ended is over


def test_a_run_that_told_nothing_is_named(store: MemoryStore) -> None:
    with pytest.raises(InputError, match="'gone' has told of no job yet"):
        accounts.of_run(store, SETTINGS, "gone", NOW)


def test_a_controller_writes_the_cost_whichever_way_the_run_ends(store: MemoryStore) -> None:
    keep(store, "r1", journal([job(1)], [attempt(1)]))
    folder, end = run_folder("results", "r1"), ended_in_error("r1")
    store.write(folder / "run.json", encode_json(request("r1")))
    store.write(folder / "error.json", encode_json(end))
    space = place(Path("unused"))
    scene = Scene(request("r1"), SETTINGS, folder, store, space, {}, lambda: at(1000))
    settling.write_cost(scene, end)
    cost = accounts.read(store, "results", "r1")
    assert cost is not None
    hours = 360 / 3600
    assert cost.controller.compute == pytest.approx(hours * (2 * 0.021812 + 8 * 0.002924))
    assert cost.controller.network == pytest.approx(hours * 0.005), "no network of its own"


def test_all_runs_are_added_up_by_month_rule_and_sample(
    store: MemoryStore, capsys: pytest.CaptureFixture[str]
) -> None:
    later = [attempt(1, 40 * 86400), attempt(2, 40 * 86400)]
    keep(store, "old", journal([job(1), job(2, "call", "s2")], [attempt(1), attempt(2)]))
    keep(store, "new", journal([job(1), job(2, "call", "s3")], later))
    store.write(ObjectUri("results", "runs/begun/run.json"), encode_json(request("begun")))
    costs = accounts.of_all(store, SETTINGS, NOW + timedelta(days=60))
    assert {cost.run_id for cost in costs} == {"new", "old", "begun"}
    begun = next(cost for cost in costs if cost.run_id == "begun")
    assert begun.controller.compute == pytest.approx(24 * (2 * 0.021812 + 8 * 0.002924))
    costs.remove(begun)

    months = command.together(costs, "month")
    assert [part.name for part in months] == ["2026-09", "2026-08"]
    rules = {part.name: part.jobs for part in command.together(costs, "rule")}
    assert rules == {"align": 2, "call": 2}
    samples = {part.name: part.jobs for part in command.together(costs, "sample")}
    assert samples == {"s1": 2, "s2": 1, "s3": 1}
    total = sum(cost.amounts.total for cost in costs)
    for parts in (months, command.together(costs, "run"), command.together(costs, "machine")):
        assert sum(part.amounts.total for part in parts) == pytest.approx(total)

    command.show_all(costs, "rule", as_json=False)
    shown = capsys.readouterr().out
    assert shown.splitlines()[0].startswith("rule\tjobs\tstarts\tretries")
    assert "Controllers: 0.0000 USD." in shown


def test_runs_in_two_currencies_cannot_be_added_up(store: MemoryStore) -> None:
    keep(store, "r1", journal([job(1)], [attempt(1)]))
    one = accounts.of_run(store, SETTINGS, "r1", at(1000))
    euros = msgspec.structs.replace(one.prices, currency="EUR")
    with pytest.raises(InputError, match="EUR and USD"):
        command.show_all([one, msgspec.structs.replace(one, prices=euros)], "run", as_json=False)


def test_one_run_is_shown_with_what_was_paid_for(
    store: MemoryStore, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(store, "r1", journal([job(1)], [attempt(1)]))
    command.show_run(accounts.of_run(store, SETTINGS, "r1", at(1000)), None, as_json=False)
    shown = capsys.readouterr().out
    assert "35% of what was paid for was the tools' own" in shown
    assert "70 s\t15 s\t20 s\t60 s\t5 s" in shown

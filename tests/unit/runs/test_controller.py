"""A controller's end is written, whatever the storage does, and told whatever follows."""

import threading
from pathlib import Path

import pytest

from headrace.errors import StorageError
from headrace.gcs import ObjectUri
from headrace.runs import ending, ends, hooks
from headrace.runs.controller import Controller
from headrace.runs.records import RunError
from headrace.runs.scene import End, Scene
from tests.unit.arrivals.memory import MemoryStore
from tests.unit.runs.conftest import NOW

FOLDER = ObjectUri("results", "runs/paired-1")


class Absent(MemoryStore):
    """A storage that is gone for some requests to create something."""

    def __init__(self, requests: int) -> None:
        super().__init__(lambda: NOW)
        self._left = requests

    def create(self, uri: ObjectUri, data: bytes) -> bool:
        if self._left > 0:
            self._left -= 1
            raise StorageError(f"{uri} was not reached.")
        return super().create(uri, data)


def controller(store: MemoryStore) -> Controller:
    """A controller without a single setting, whose end comes soon."""
    return Controller(FOLDER / "run.json", store, {}, threading.Event(), lambda: NOW)


def test_an_end_waits_for_a_storage_that_is_gone_for_a_while() -> None:
    store = Absent(requests=2)
    assert controller(store).carry_out() == 1
    end = ends.read(store, FOLDER)
    assert isinstance(end, RunError)
    assert "Missing settings" in end.sentence


@pytest.mark.parametrize("error", [StorageError("gone"), ValueError("a fault")])
def test_what_fails_after_the_end_changes_nothing_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception
) -> None:
    called: list[str] = []

    def fails(scene: Scene, end: End) -> None:
        del scene, end
        called.append("fails")
        raise error

    def follows(scene: Scene, end: End) -> None:
        del scene, end
        called.append("follows")

    monkeypatch.setattr(hooks, "AFTER", (fails, follows))
    store = MemoryStore(lambda: NOW)
    request = b"""{"run_id": "paired-1", "rule": "paired", "created": "2026-01-01T00:00:00Z",
                   "image": "controller", "objects": []}"""
    store.write(FOLDER / "run.json", request)
    names = ("PROJECT", "REGION", "RESULTS", "STAGE_IMAGE")
    environ = {f"HEADRACE_{name}": "x" for name in names} | {
        "HEADRACE_CONTROLLER_IMAGE": "controller",
        "HEADRACE_WORKFLOW_HOME": str(tmp_path / "nothing"),
        "HEADRACE_WORK": str(tmp_path),
    }
    made = Controller(FOLDER / "run.json", store, environ, threading.Event(), lambda: NOW)
    assert made.carry_out() == 1
    assert called == ["fails", "follows"]
    end = ends.read(store, FOLDER)
    assert isinstance(end, RunError)
    assert "There is no workflow" in end.sentence


def test_a_run_that_was_cancelled_before_its_controller_began_is_left_alone() -> None:
    store = MemoryStore(lambda: NOW)
    cancelled = ending.error(FOLDER, "Cancelled by ann.", NOW, cancelled=True)
    ends.write(store, FOLDER, cancelled)
    assert controller(store).carry_out() == 1
    assert [stored.uri for stored in store.list_objects(FOLDER)] == [FOLDER / "error.json"]
    assert ends.read(store, FOLDER) == cancelled

"""Who submits is stopped by the pause, and by not knowing whether there is one."""

from datetime import UTC, datetime

import pytest

from headrace.errors import PausedError, RecordError
from headrace.guard import pause
from headrace.guard.pause import PauseState
from headrace.settings import Settings
from tests.unit.arrivals.memory import MemoryStore

NOW = datetime(2026, 10, 12, 9, 30, tzinfo=UTC)
SETTINGS = Settings(
    project="p", region="us-central1", results="results", stage_image="s", controller_image="c"
)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(lambda: NOW)


def test_without_the_object_everything_may_be_submitted(store: MemoryStore) -> None:
    pause.check(store, SETTINGS.results)


def test_a_pause_is_an_error_that_says_since_when_why_and_how_to_go_on(store: MemoryStore) -> None:
    state = PauseState(paused=True, reason="too dear", by="ada", since=NOW)
    pause.write(store, "results", state)
    with pytest.raises(PausedError, match=r"2026-10-12 09:30 UTC by ada: too dear\. Run 'headrace"):
        pause.check(store, SETTINGS.results)


def test_after_resuming_everything_may_be_submitted(store: MemoryStore) -> None:
    for paused in (True, False):
        state = PauseState(paused=paused, reason="r", by="ada", since=NOW)
        pause.write(store, "results", state)
    pause.check(store, SETTINGS.results)


def test_an_object_that_cannot_be_read_lets_nothing_through(store: MemoryStore) -> None:
    store.write(pause.pause_uri("results"), b"{")
    with pytest.raises(RecordError, match=r"paused\.json"):
        pause.check(store, SETTINGS.results)

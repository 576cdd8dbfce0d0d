"""`headrace pause` and `headrace resume`."""

from datetime import UTC, datetime

import pytest

from headrace.commands import pause as commands
from headrace.errors import InputError
from headrace.guard import pause
from tests.unit.arrivals.memory import MemoryStore


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(lambda: datetime.now(UTC))


def test_a_pause_says_who_and_why_and_resuming_ends_it(
    store: MemoryStore, capsys: pytest.CaptureFixture[str]
) -> None:
    commands.stop(store, "results", "reagents ran out.", "ada")
    state = pause.read(store, "results")
    assert state is not None
    assert (state.paused, state.reason, state.by) == (True, "reagents ran out", "ada")
    commands.go_on(store, "results", "delivered", "bob")
    state = pause.read(store, "results")
    assert state is not None
    assert (state.paused, state.by) == (False, "bob")
    assert "It was paused by ada: reagents ran out." in capsys.readouterr().out


def test_what_is_not_paused_cannot_be_resumed(store: MemoryStore) -> None:
    with pytest.raises(InputError, match="gs://results is not paused"):
        commands.go_on(store, "results", "", "ada")

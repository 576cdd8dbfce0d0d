"""The executor's look at the pause."""

from datetime import UTC, datetime

import pytest

from headrace.errors import PausedError
from headrace.guard import pause
from headrace.guard.pause import PauseState
from snakemake_executor_plugin_lifesciences.pausing import SECONDS, PauseGate
from tests.unit.arrivals.memory import MemoryStore

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def test_a_pause_stops_submissions_within_seconds_and_resuming_lets_them_pass() -> None:
    store = MemoryStore(lambda: NOW)
    times = iter([0.0, SECONDS - 1.0, SECONDS + 0.0, SECONDS + 1.0])
    gate = PauseGate(store, "results", lambda: next(times))
    gate.check()
    said = PauseState(paused=True, reason="the budget is spent", by="guard", since=NOW)
    pause.write(store, "results", said)
    gate.check()
    with pytest.raises(PausedError, match=r"by guard: the budget is spent\. Run 'headrace resume'"):
        gate.check()
    pause.write(store, "results", PauseState(paused=False, reason="", by="me", since=NOW))
    gate.check()

"""The pause of the installation, looked at before submissions but not before each of a thousand."""

import time
from collections.abc import Callable
from threading import Lock

from headrace.guard import pause
from headrace.runs.store import Store

SECONDS = 10
"""How long the answer that nothing is paused is believed."""


class PauseGate:
    """Lets submissions pass unless the installation is paused."""

    def __init__(
        self, store: Store, results: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._results = results
        self._clock = clock
        self._open_until = float("-inf")
        self._lock = Lock()

    def check(self) -> None:
        """Return if jobs may be submitted now; see `headrace.guard.pause.check`."""
        with self._lock:  # threads that ask at once wait for one answer
            now = self._clock()
            if now >= self._open_until:
                pause.check(self._store, self._results)
                self._open_until = now + SECONDS

"""Hears of changes of jobs from Pub/Sub, and wakes whoever polls: polls alone tell the truth."""

import threading
from collections.abc import Callable
from logging import Logger

from headrace.errors import ServiceError, UnavailableError
from headrace.services.changes import Changes

PAUSE_SECONDS = 5.0
"""After Pub/Sub did not answer."""

LAST_SECONDS = 2.0


class Listener:
    """Pulls in a thread of its own until it is closed; without notifications nothing is missed."""

    def __init__(self, changes: Changes, wake: Callable[[], None], logger: Logger) -> None:
        self._changes = changes
        self._wake = wake
        self._logger = logger
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="listener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop; a pull that is under way is not waited for much longer."""
        self._closing.set()
        self._changes.close()
        self._thread.join(LAST_SECONDS)

    def _listen(self) -> None:
        try:
            self._changes.open()
            while not self._closing.is_set():
                self._listen_once()
        except ServiceError as error:
            if not self._closing.is_set():
                self._logger.warning(f"{error} No notifications: the jobs are polled as ever.")
        finally:
            self._changes.disconnect()

    def _listen_once(self) -> None:
        try:
            if self._changes.wait():
                self._wake()
        except UnavailableError:
            self._closing.wait(PAUSE_SECONDS)

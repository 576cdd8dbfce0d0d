"""How long a broken transfer is taken up again: as long as it gets on."""

import random
import time
from collections.abc import Callable

FAILURES = 6
"""Failures one after another, without a byte between them, until a transfer is given up."""

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 16.0


class Patience:
    """Counts the failures of one transfer, and waits a little longer after each in a row."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep
        self._failures = 0
        self._reached = -1

    def failed_at(self, position: int) -> bool:
        """Wait after a failure at this byte; returns False once it is not worth another try."""
        self._failures = 1 if position > self._reached else self._failures + 1
        self._reached = max(position, self._reached)
        if self._failures >= FAILURES:
            return False
        pause = min(FIRST_PAUSE_SECONDS * 2 ** (self._failures - 1), LONGEST_PAUSE_SECONDS)
        self._sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 # jitter, not secrecy
        return True

"""Asking again: what may pass is tried anew after growing, jittered pauses, until a deadline."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Backoff:
    """Pauses between tries, in seconds: any length up to a ceiling that doubles each time.

    Attributes:
        first: the ceiling of the first pause.
        longest: what no ceiling exceeds.
        deadline: after this long, counted from the first try, nothing is tried again.
    """

    first: float = 1.0
    longest: float = 30.0
    deadline: float = 60.0

    def ceilings(self) -> Iterator[float]:
        """Yield the longest that each pause may be, without end."""
        ceiling = min(self.first, self.longest)
        while True:
            yield ceiling
            ceiling = min(2 * ceiling, self.longest)


def retry(
    call: Callable[[], Answer],
    *,
    on: tuple[type[Exception], ...],
    backoff: Backoff,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
    jitter: Callable[[float, float], float] = random.uniform,
) -> Answer:
    """Return the call's answer; an error of `on` is raised only once the deadline has come."""
    began = clock()
    ceilings = backoff.ceilings()
    while True:
        try:
            return call()
        except on:
            pause = jitter(0, next(ceilings))
            if clock() - began + pause > backoff.deadline:
                raise
        sleep(pause)

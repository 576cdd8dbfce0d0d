"""The cloud's time: real time, or faster."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta


class Clock:
    """A clock that starts at the present and runs `scale` times as fast as the real one."""

    def __init__(self, scale: float = 1.0) -> None:
        self._scale = scale
        self._start = datetime.now(UTC)
        self._origin = time.monotonic()

    def now(self) -> datetime:
        """The cloud's present time, aware, in UTC."""
        return self._start + timedelta(seconds=self.elapsed())

    def elapsed(self) -> float:
        """The cloud's seconds since the clock was started; never goes back."""
        return (time.monotonic() - self._origin) * self._scale

    def real(self, seconds: float) -> float:
        """How many real seconds some of the cloud's seconds last."""
        return seconds / self._scale

    async def sleep(self, seconds: float) -> None:
        """Wait for some of the cloud's seconds; for none, not even for a moment."""
        if seconds > 0:
            await asyncio.sleep(self.real(seconds))

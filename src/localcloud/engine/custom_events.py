"""Custom status events: what a runnable says of itself on its standard output.

A line `{"batch/custom/event": "TEXT"}` becomes an event of the task
(https://cloud.google.com/batch/docs/create-run-job-custom-status-events).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

KEY = "batch/custom/event"

_MARK = f'"{KEY}"'.encode()
_LINE_LIMIT = 64 * 1024
_LOOK_SECONDS = 1.0


@asynccontextmanager
async def reporting(report: Callable[[str], None]) -> AsyncIterator[Callable[[Path], None]]:
    """Report the custom events of logs as they come, to the last one.

    Yields what to call with each log before something is written to it.
    """
    logs: list[CustomEvents] = []
    looking = asyncio.Lock()

    async def look() -> None:
        async with looking:
            for log in logs:
                for text in await asyncio.to_thread(log.new):
                    report(text)

    async def look_now_and_then() -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            await asyncio.shield(look())

    watching = asyncio.create_task(look_now_and_then())
    try:
        yield lambda log: logs.append(CustomEvents(log))
    finally:
        watching.cancel()
        await look()


class CustomEvents:
    """Reads the custom events of one runnable out of its log file, as the file grows."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._read = log.stat().st_size if log.exists() else 0
        self._unfinished = b""

    def new(self) -> list[str]:
        """The texts that have come since the last call; may block."""
        try:
            with self._log.open("rb") as file:
                file.seek(self._read)
                found = [text for line in file if (text := self._take(line))]
                self._read = file.tell()
        except FileNotFoundError:
            return []
        return found

    def _take(self, line: bytes) -> str:
        """The text of a line that is a custom event; a last line is kept until it is whole."""
        if not line.endswith(b"\n"):
            self._unfinished = (self._unfinished + line)[:_LINE_LIMIT]
            return ""
        whole, self._unfinished = self._unfinished + line, b""
        return _text(whole) if _MARK in whole else ""


def _text(line: bytes) -> str:
    try:
        message = json.loads(line)
    except ValueError:
        return ""
    text = message.get(KEY) if isinstance(message, dict) else None
    return text if isinstance(text, str) else ""

"""What a program writes: to its files as it comes, with the tail of stderr kept for events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from localcloud.runtime.base import StepLogs

TAIL_BYTES = 1024
"""Life Sciences returned "a small portion" of stderr; dsub and Cromwell saw about a kilobyte."""

_CHUNK = 65536
_DRAIN_SECONDS = 2.0


class Output:
    """Copies the two streams of one program to its log files."""

    def __init__(self, logs: StepLogs, *, keep_tail: bool) -> None:
        self._stack = ExitStack()
        self._stdout = self._open(logs.stdout)
        self._stderr = self._open(logs.stderr)
        self._combined = self._open(logs.combined) if logs.combined else None
        self._keep_tail = keep_tail
        self._tail = b""
        self._pumps: list[asyncio.Task[None]] = []

    def _open(self, path: Path) -> BinaryIO:
        path.parent.mkdir(parents=True, exist_ok=True)
        return self._stack.enter_context(path.open("ab", buffering=0))

    def attach(self, process: asyncio.subprocess.Process) -> None:
        """Begin to copy what the process writes."""
        if process.stdout is None or process.stderr is None:
            raise ValueError("the process must be started with pipes for stdout and stderr")
        self._pumps = [
            asyncio.create_task(self._pump(process.stdout, self.write_stdout)),
            asyncio.create_task(self._pump(process.stderr, self.write_stderr)),
        ]

    async def _pump(self, stream: asyncio.StreamReader, write: Callable[[bytes], None]) -> None:
        while chunk := await stream.read(_CHUNK):
            write(chunk)

    def write_stdout(self, data: bytes) -> None:
        """Add to stdout."""
        self._stdout.write(data)
        if self._combined:
            self._combined.write(data)

    def write_stderr(self, data: bytes) -> None:
        """Add to stderr."""
        self._stderr.write(data)
        if self._combined:
            self._combined.write(data)
        if self._keep_tail:
            self._tail = (self._tail + data)[-TAIL_BYTES:]

    def tail(self) -> str:
        """The last part of stderr, as text."""
        return self._tail.decode(errors="replace")

    async def finish(self) -> None:
        """Wait for the streams to end (bounded: a stray may hold them open) and close the files."""
        if self._pumps:
            await asyncio.wait(self._pumps, timeout=_DRAIN_SECONDS)
            for pump in self._pumps:
                pump.cancel()
            await asyncio.gather(*self._pumps, return_exceptions=True)
        self._stack.close()

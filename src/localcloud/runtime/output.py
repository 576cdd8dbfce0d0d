"""What a program writes: to its files as it comes, with the tail of stderr kept for events."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from localcloud.runtime.base import StepLogs, TaskLog
from localcloud.wire.times import format_timestamp

TAIL_BYTES = 1024
"""Life Sciences returned "a small portion" of stderr; dsub and Cromwell saw about a kilobyte."""

_CHUNK = 65536
_DRAIN_SECONDS = 1.0


class Output:
    """Copies the two streams of one program to its log files."""

    def __init__(self, logs: StepLogs, *, keep_tail: bool, task_log: LineLog | None = None) -> None:
        self._stack = ExitStack()
        self._stdout = self._open(logs.stdout)
        self._stderr = self._open(logs.stderr)
        self._combined = self._open(logs.combined) if logs.combined else None
        self._keep_tail = keep_tail
        self._task_log = task_log
        self._tail = b""
        self._streams: list[_Stream] = []

    def _open(self, path: Path) -> BinaryIO:
        path.parent.mkdir(parents=True, exist_ok=True)
        return self._stack.enter_context(path.open("ab", buffering=0))

    def pipes(self) -> tuple[int, int]:
        """File descriptors for the program's stdout and stderr; to be closed once it has them.

        The pipes are ours and not asyncio's, whose `wait` would last until they are closed, which
        a stray child of the program can put off for ever.
        """
        self._streams = [_Stream(self.write_stdout), _Stream(self.write_stderr)]
        return self._streams[0].write_end, self._streams[1].write_end

    def write_stdout(self, data: bytes) -> None:
        """Add to stdout."""
        self._stdout.write(data)
        if self._task_log:
            self._task_log.write("stdout", data)
        if self._combined:
            self._combined.write(data)

    def write_stderr(self, data: bytes) -> None:
        """Add to stderr."""
        self._stderr.write(data)
        if self._task_log:
            self._task_log.write("stderr", data)
        if self._combined:
            self._combined.write(data)
        if self._keep_tail:
            self._tail = (self._tail + data)[-TAIL_BYTES:]

    def tail(self) -> str:
        """The last part of stderr, as text."""
        return self._tail.decode(errors="replace")

    async def finish(self) -> None:
        """Wait for the streams to end (bounded: a stray may hold them open) and close the files."""
        if self._streams:
            await asyncio.wait([each.ended for each in self._streams], timeout=_DRAIN_SECONDS)
        for stream in self._streams:
            stream.close()
        self._streams = []
        if self._task_log:
            self._task_log.close()
        self._stack.close()


class LineLog:
    """Batch's log files: `stdout-`, `stderr-` and `output-UID.log`, a prefix before each line."""

    def __init__(self, folder: Path, log: TaskLog, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._log = log
        self._now = now
        self._unfinished = {"stdout": b"", "stderr": b""}

    def write(self, stream: str, data: bytes) -> None:
        """Add what came from a stream; a line is written once it is whole."""
        *lines, self._unfinished[stream] = (self._unfinished[stream] + data).split(b"\n")
        self._write_lines(stream, lines)

    def close(self) -> None:
        """Write what is left without an end of line."""
        for stream, rest in self._unfinished.items():
            if rest:
                self._write_lines(stream, [rest])
        self._unfinished = dict.fromkeys(self._unfinished, b"")

    def _write_lines(self, stream: str, lines: Sequence[bytes]) -> None:
        if not lines:
            return
        severity = "ERROR" if stream == "stderr" else "INFO"
        moment = format_timestamp(self._now())
        head = f"[batch_task_logs]{moment} {severity}: {self._log.source} ".encode()
        text = b"".join(head + line + b"\n" for line in lines)
        self._folder.mkdir(parents=True, exist_ok=True)
        for name in (stream, "output"):
            with (self._folder / f"{name}-{self._log.uid}.log").open("ab") as file:
                file.write(text)


class _Stream:
    """The reading end of a pipe, emptied as soon as something is in it."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._write = write
        self._read_end, self.write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(self._read_end, self._read)

    def _read(self) -> None:
        try:
            data = os.read(self._read_end, _CHUNK)
        except BlockingIOError:
            return
        if data:
            self._write(data)
            return
        self._loop.remove_reader(self._read_end)
        if not self.ended.done():
            self.ended.set_result(None)

    def close(self) -> None:
        """Stop reading, whether or not the other end is closed."""
        self._loop.remove_reader(self._read_end)
        os.close(self._read_end)
        if not self.ended.done():
            self.ended.set_result(None)

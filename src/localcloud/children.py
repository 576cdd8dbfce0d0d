"""Servers that the local cloud starts and keeps running: the storage, the functions."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from localcloud.errors import LocalCloudError
from localcloud.runtime.reaping import signal_group

log = logging.getLogger(__name__)

HOST = "127.0.0.1"

_START_SECONDS = 30.0
_POLL_SECONDS = 0.02
_GRACE_SECONDS = 3.0
_RESTART_SECONDS = (0.1, 5.0)


@dataclass(frozen=True, slots=True)
class Command:
    """How to start a server that will listen on `port` of the loopback."""

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    directory: Path
    log: Path
    port: int


class Child:
    """A server in its own session; started again when it dies."""

    def __init__(self, command: Command) -> None:
        self._command = command
        self._process: asyncio.subprocess.Process | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._listening = False

    @property
    def healthy(self) -> bool:
        """Whether it runs and has accepted a connection."""
        process = self._process
        return self._listening and process is not None and process.returncode is None

    async def start(self) -> None:
        """Start it and wait until it listens; LocalCloudError when it does not."""
        await self._spawn()
        try:
            await asyncio.wait_for(self._listens(), _START_SECONDS)
        except TimeoutError:
            await self.stop()
            raise self._failed(f"does not listen after {_START_SECONDS:g} s") from None
        self._keeping = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """End it and what it started; returns when it is gone."""
        if self._keeping:
            self._keeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeping
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            signal_group(process.pid, signal.SIGTERM)
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _GRACE_SECONDS)
        signal_group(process.pid, signal.SIGKILL)
        await process.wait()

    async def _spawn(self) -> None:
        command = self._command
        command.log.parent.mkdir(parents=True, exist_ok=True)
        with command.log.open("ab") as file:
            self._process = await asyncio.create_subprocess_exec(
                *command.argv,
                env=dict(command.environment),
                cwd=command.directory,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    async def _listens(self) -> None:
        self._listening = False
        while not self._listening:
            if self._process is None or self._process.returncode is not None:
                raise self._failed("ended at once")
            try:
                _, writer = await asyncio.open_connection(HOST, self._command.port)
            except OSError:
                await asyncio.sleep(_POLL_SECONDS)
                continue
            writer.close()
            self._listening = True

    async def _keep(self) -> None:
        """Start it again whenever it ends, with growing pauses while it keeps failing."""
        shortest, longest = _RESTART_SECONDS
        pause = shortest
        while True:
            if self._process is not None:
                code = await self._process.wait()
                signal_group(self._process.pid, signal.SIGKILL)
                log.warning("%s ended with code %s; starting it again", self._command.name, code)
            await asyncio.sleep(pause)
            pause = min(longest, pause * 2)
            await self._spawn()
            with suppress(LocalCloudError, TimeoutError):
                await asyncio.wait_for(self._listens(), _START_SECONDS)
                pause = shortest

    def _failed(self, what: str) -> LocalCloudError:
        command = self._command
        text = command.log.read_text(errors="replace") if command.log.exists() else ""
        last = next((line for line in reversed(text.splitlines()) if line.strip()), "no output")
        return LocalCloudError(f"{command.name} {what}: {last.strip()} (log: {command.log}).")


def free_port() -> int:
    """A port of the loopback that is free now."""
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def choose_port(wanted: int, option: str) -> int:
    """The wanted port, or a free one for 0; LocalCloudError naming the option when it is taken."""
    if wanted == 0:
        return free_port()
    with closing(listen(wanted, option)):
        return wanted


def listen(port: int, option: str) -> socket.socket:
    """A listening socket on a port of the loopback, 0 for any; LocalCloudError when it is taken."""
    # asyncio sets TCP_NODELAY only where the protocol is named; without it each reply takes 40 ms.
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server.bind((HOST, port))
    except (OSError, OverflowError) as error:
        server.close()
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise LocalCloudError(
            f"port {port} cannot be used ({reason}); choose another with {option}, or 0 for any."
        ) from None
    server.listen(2048)
    server.setblocking(False)
    return server

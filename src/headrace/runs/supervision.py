"""The workflow program as a child: watched, stopped when we are, and nothing of it left behind."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

TICK_SECONDS = 15.0
GRACE_SECONDS = 1.0
"""Between SIGTERM and SIGKILL: our own time is short as well, and an end must be written."""

_POLL_SECONDS = 0.2


def run(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    log: Path,
    stop: threading.Event,
    tick: Callable[[], None],
    every: float = TICK_SECONDS,
) -> int:
    """Run a program in a session of its own and return its exit code, negative for a signal.

    Its output goes to `log`. `tick` is called `every` so many seconds. When `stop` is set, it gets
    SIGTERM, and SIGKILL if it does not heed that.
    """
    with (
        log.open("ab") as output,
        subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            return _watch(process, stop, tick, every)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _watch(
    process: "subprocess.Popen[bytes]",
    stop: threading.Event,
    tick: Callable[[], None],
    every: float,
) -> int:
    next_tick = time.monotonic() + every
    while not stop.is_set():
        with suppress(subprocess.TimeoutExpired):
            return process.wait(timeout=_POLL_SECONDS)
        if time.monotonic() >= next_tick:
            tick()
            next_tick = time.monotonic() + every
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        return process.wait(timeout=GRACE_SECONDS)
    process.kill()
    return process.wait()

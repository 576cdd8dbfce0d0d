"""A head under measurement: a process, its time, its CPU time and its memory."""

import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

LIMIT_SECONDS = 1_200
"""A head that takes longer is stopped."""

HEAD_LOG = "head.log"

_KIB_PER_MIB = 1024
_LAST_LINES = 30


class HeadFailedError(Exception):
    """The head ended with an error; the text is the end of what it said."""


class HeadUse(Struct, frozen=True):
    """What a head took: seconds on the clock, seconds of CPU, MiB of memory at most."""

    wall_seconds: float
    cpu_seconds: float
    rss_mb: float


def run_head(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> HeadUse:
    """Run a command to its end; its children count as its own.

    Raises:
        HeadFailedError: it ended with an exit code other than 0.
    """
    log = folder / HEAD_LOG
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(words), cwd=folder, env=dict(environment), stdout=output, stderr=output
        )
        limit = threading.Timer(LIMIT_SECONDS, process.kill)
        limit.start()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        limit.cancel()
    wall = time.monotonic() - began
    if process.returncode != 0:
        end = "\n".join(log.read_text(errors="replace").splitlines()[-_LAST_LINES:])
        raise HeadFailedError(f"{' '.join(words)} ended with {process.returncode}:\n{end}")
    return HeadUse(round(wall, 2), round(_cpu(usage), 2), round(usage.ru_maxrss / _KIB_PER_MIB, 1))


def snakemake(*words: str, python: str = sys.executable) -> list[str]:
    """Return the command for Snakemake of this Python, or of another one."""
    return [python, "-m", "snakemake", *words]


def _cpu(usage: resource.struct_rusage) -> float:
    return usage.ru_utime + usage.ru_stime

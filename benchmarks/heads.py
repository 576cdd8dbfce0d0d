"""A head under measurement: a process, its time, its CPU time and its memory."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

LIMIT_SECONDS = 1_800
"""A head that takes longer is stopped."""

LOOK_SECONDS = 0.1

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
        try:
            code, cpu, peak = _watch(process)
        finally:
            if process.returncode is None:  # whoever measures was stopped
                process.kill()
    wall = time.monotonic() - began
    if code != 0:
        end = "\n".join(log.read_text(errors="replace").splitlines()[-_LAST_LINES:])
        raise HeadFailedError(f"{' '.join(words)} ended with {code}:\n{end}")
    return HeadUse(round(wall, 2), round(cpu, 2), round(peak / _KIB_PER_MIB, 1))


def _watch(process: "subprocess.Popen[bytes]") -> tuple[int, float, int]:
    """Wait for a process; returns its exit code, its seconds of CPU and its KiB of memory.

    The kernel's `ru_maxrss` will not do: it begins with the memory of whoever starts a process.
    """
    peak, deadline = 0, time.monotonic() + LIMIT_SECONDS
    while True:
        peak = max(peak, _peak(process.pid))
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        if ended:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, usage.ru_utime + usage.ru_stime, peak
        if time.monotonic() > deadline:
            process.kill()
        time.sleep(LOOK_SECONDS)


def _peak(pid: int) -> int:
    """Return the largest resident size that a process has had, in KiB; 0 when it has ended."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def snakemake(*words: str, python: str = sys.executable) -> list[str]:
    """Return the command for Snakemake of this Python, or of another one."""
    return [python, "-m", "snakemake", *words]

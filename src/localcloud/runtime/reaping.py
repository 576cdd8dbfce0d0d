"""Finding and ending processes that belong to a machine, even those that left its session."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")
_ROUNDS = 100
_PAUSE_SECONDS = 0.02


def signal_group(leader: int, number: signal.Signals) -> None:
    """Send a signal to a process group; nothing happens when it is gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def kill_strays(directory: Path, mark: str) -> None:
    """Kill every process of ours that lives in `directory` or has its temporary files there.

    Such a process left the session it was started in (`setsid`), so no process group names it. Its
    working directory or its TMPDIR or HOME still gives it away, or a file system called `mark`
    among its mounts.
    """
    for _ in range(_ROUNDS):
        strays = [pid for pid in _inhabitants(directory, mark) if _alive(pid)]
        if not strays:
            return
        for pid in strays:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_PAUSE_SECONDS)


def _inhabitants(directory: Path, mark: str) -> Iterator[int]:
    ours = (_PROC / "self" / "ns" / "mnt").readlink()
    marks = tuple(f"{name}={directory}/".encode() for name in ("TMPDIR", "HOME"))
    home = str(directory)
    for entry in _PROC.iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            cwd = str((entry / "cwd").readlink())
            environment = (entry / "environ").read_bytes().split(b"\0")
            elsewhere = (entry / "ns" / "mnt").readlink() != ours
            marked = elsewhere and mark in (entry / "mountinfo").read_text(errors="replace")
        except OSError:  # it ended meanwhile, is a zombie, or is another user's
            continue
        lives_here = cwd == home or cwd.startswith(home + "/")
        if marked or lives_here or any(variable.startswith(marks) for variable in environment):
            yield int(entry.name)


def _alive(pid: int) -> bool:
    try:
        state = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}

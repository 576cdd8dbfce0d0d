"""The keeper: a parent that outlives the local cloud and leaves nothing behind it.

The local cloud runs in a child of this small process. Whatever the child's end, even `kill -9`, the
keeper then kills every process that the local cloud had started: it is their "subreaper", so Linux
hands orphans to it (prctl(2), PR_SET_CHILD_SUBREAPER). If the keeper is killed, the child is told
by the kernel (PR_SET_PDEATHSIG) and shuts down in good order.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_SIGNAL_BASE = 128
_PAUSE_SECONDS = 0.02


def keep(serve: Callable[[], int]) -> int:
    """Run `serve` in a child process; its exit code, once no process of it is left."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    sys.stdout.flush()
    keeper = os.getpid()
    child = os.fork()
    if child == 0:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != keeper:  # it was killed before the line above
            os._exit(1)
        os._exit(_guarded(serve))
    _forward_signals(child)
    code = _wait_for(child)
    _kill_children()
    return code


def _guarded(serve: Callable[[], int]) -> int:
    """The child must end by `os._exit`, so it flushes and reports what Python's exit would."""
    try:
        return serve()
    except Exception:  # noqa: BLE001 (the last frame of a process: reported, then it ends)
        sys.excepthook(*sys.exc_info())
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _forward_signals(child: int) -> None:
    def forward(_number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGTERM)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, forward)


def _wait_for(child: int) -> int:
    """Reap whatever ends until `child` does."""
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else _SIGNAL_BASE - code


def _kill_children() -> None:
    """Kill what is left, until nothing is: orphans of the killed become our children in turn."""
    while True:
        for pid in _children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(_PAUSE_SECONDS)


def _children() -> list[int]:
    listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return [int(word) for word in listed.split()]

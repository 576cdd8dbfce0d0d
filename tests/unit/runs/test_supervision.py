"""The workflow program is watched, can be stopped, and leaves nothing behind."""

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from headrace.runs import supervision

IGNORES_SIGTERM = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(60)
"""
LEAVES_A_CHILD = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
"""


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def run(
    code: str, tmp_path: Path, stop: threading.Event, tick: Callable[[], None] = lambda: None
) -> int:
    return supervision.run(
        [sys.executable, "-c", code],
        folder=tmp_path,
        environment={"PATH": os.environ["PATH"], "GREETING": "hello"},
        log=tmp_path / "log",
        stop=stop,
        tick=tick,
        every=0.0,
    )


def test_output_goes_to_the_log_and_the_exit_code_comes_back(tmp_path: Path) -> None:
    code = "import os, sys; print(os.environ['GREETING'], os.getcwd(), flush=True); sys.exit('bye')"
    assert run(code, tmp_path, threading.Event()) == 1
    assert (tmp_path / "log").read_text() == f"hello {tmp_path}\nbye\n"


def test_a_program_that_must_stop_is_asked_and_then_made_to(tmp_path: Path) -> None:
    stop = threading.Event()

    def stop_when_ready() -> None:
        while "ready" not in (log.read_text() if (log := tmp_path / "log").exists() else ""):
            time.sleep(0.01)
        stop.set()

    thread = threading.Thread(target=stop_when_ready)
    thread.start()
    assert run(IGNORES_SIGTERM, tmp_path, stop) == -9
    thread.join()


def test_a_program_that_heeds_the_signal_ends_by_it(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    assert run("import time; time.sleep(60)", tmp_path, stop) == -15


def test_children_that_outlive_the_program_are_ended(tmp_path: Path) -> None:
    assert run(LEAVES_A_CHILD, tmp_path, threading.Event()) == 0
    pid = int((tmp_path / "log").read_text())
    while is_alive(pid):  # the signal is sent; pytest limits how long it may take
        time.sleep(0.01)


def test_it_ticks_while_the_program_runs(tmp_path: Path) -> None:
    stop = threading.Event()
    assert run("import time; time.sleep(60)", tmp_path, stop, tick=stop.set) == -15

"""What Ctrl-C and SIGTERM mean, beyond what Snakemake makes of them.

Facts of Snakemake 9.27 this rests on: Ctrl-C raises KeyboardInterrupt in the main thread, whereupon
the scheduler cancels; its own handler of SIGTERM lets the jobs in flight finish. It is installed
after the executor has been made (`snakemake/scheduling/job_scheduler.py`).
"""

import os
import signal
import sys
import threading
from types import FrameType

EXIT_CODE = 128 + signal.SIGINT


def hear_termination_as_interrupt() -> None:
    """Treat SIGTERM as Ctrl-C from now on."""
    _on(signal.SIGTERM, signal.default_int_handler)


def leave_at_once_when_interrupted_again() -> None:
    """End this process without further ado at the next Ctrl-C."""
    _on(signal.SIGINT, _leave)


def _on(number: signal.Signals, handler: "signal._HANDLER") -> None:
    if threading.current_thread() is threading.main_thread():  # Python allows it nowhere else
        signal.signal(number, handler)


def _leave(number: int, frame: FrameType | None) -> None:
    del number, frame
    sys.stderr.write("Left at once: jobs that were not cancelled yet still run.\n")
    sys.stderr.flush()
    os._exit(EXIT_CODE)

"""A compact live view of a run on the terminal, in place of Snakemake's lines about every job.

A bar for each rule at work stays at the bottom; above it goes what a person should read: errors
with their last log lines, warnings, and what is said of the run as a whole. Snakemake's log file
still has all of it.
"""

import sys
import time
from collections.abc import Callable
from logging import WARNING, LogRecord
from typing import Any

from rich.console import Console
from rich.live import Live
from snakemake.logging import ColorizingTextHandler, DefaultFilter, DefaultFormatter
from snakemake_interface_logger_plugins.common import LogEvent

from headrace.commands import watching
from headrace.runs.journal import ATTEMPT_ATTRIBUTE, JOBS_ATTRIBUTE
from headrace.runs.status import RunError, RunStatus
from snakemake_logger_plugin_headrace.events import SUBMITTED_ATTRIBUTE

REFRESH_SECONDS = 0.25

_CHATTER_EVENTS = {
    LogEvent.JOB_INFO,
    LogEvent.JOB_STARTED,
    LogEvent.JOB_FINISHED,
    LogEvent.GROUP_INFO,
    LogEvent.SHELLCMD,
    LogEvent.PROGRESS,
    # Told by `Terminal.fail`, with the sample and without the command.
    LogEvent.JOB_ERROR,
    LogEvent.GROUP_ERROR,
}
_CHATTER_ATTRIBUTES = (SUBMITTED_ATTRIBUTE, ATTEMPT_ATTRIBUTE, JOBS_ATTRIBUTE)
_CHATTER_TEXTS = ("Select jobs to execute", "Execute ", "Removing temporary output")


def wanted(settings: Any, choice: str) -> bool:
    """Tell whether the live view fits: a person watches, and asked for no more than usual.

    Args:
        settings: Snakemake's settings of its output.
        choice: `auto`, or `lines` for Snakemake's own.
    """
    asked = (settings.verbose, settings.printshellcmds, settings.debug_dag, settings.quiet)
    return (
        choice == "auto"
        and not settings.dryrun
        and not settings.stdout
        and not any(asked)
        and Console(stderr=True).is_interactive
    )


class Terminal:
    """The view: records go in, and the status is asked for when it is time to draw."""

    def __init__(self, settings: Any, status: Callable[[], RunStatus]) -> None:
        self._status = status
        self._live: Live | None = None
        self._drawn = 0.0
        self._printer = ColorizingTextHandler(nocolor=settings.nocolor, stream=_Stderr())
        self._printer.setFormatter(DefaultFormatter(settings.quiet, settings.show_failed_logs))
        self._printer.addFilter(
            DefaultFilter(
                settings.quiet,
                settings.debug_dag,
                settings.verbose,
                settings.dryrun,
                settings.printshellcmds,
            )
        )

    def tell(self, record: LogRecord) -> None:
        """Write a record that a person should read."""
        if not chatter(record):
            self._printer.handle(record)

    def fail(self, error: RunError) -> None:
        """Write which job failed, why, with its last lines and where to look."""
        for line in watching.told(error):
            sys.stderr.write(f"{line}\n")

    def draw(self) -> None:
        """Draw the bars as they are now, unless that was done a moment ago."""
        now = time.monotonic()
        if now - self._drawn < REFRESH_SECONDS:
            return
        status = self._status()
        if not status.jobs_total:
            return
        self._drawn = now
        if self._live is None:
            self._live = Live(console=Console(stderr=True), auto_refresh=False)
            self._live.start()
        self._live.update(watching.bars(status), refresh=True)

    def close(self) -> None:
        """Draw the end and leave the terminal as it was."""
        if self._live is not None:
            self._live.update(watching.bars(self._status()), refresh=True)
            self._live.stop()
            self._live = None


def chatter(record: LogRecord) -> bool:
    """Tell whether the bars say it already."""
    if getattr(record, "event", None) in _CHATTER_EVENTS:
        return True
    if record.levelno >= WARNING:
        return False
    if any(hasattr(record, attribute) for attribute in _CHATTER_ATTRIBUTES):
        return True
    return record.getMessage().startswith(_CHATTER_TEXTS)


class _Stderr:
    """Standard error as it is at each moment: while bars are drawn it is a proxy of theirs."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()

    def isatty(self) -> bool:
        return True

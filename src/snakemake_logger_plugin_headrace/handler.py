"""The log handler that Snakemake feeds from its queue of records."""

import os
import platform
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache, partial
from importlib import metadata
from logging import LogRecord
from pathlib import Path

import msgspec
from snakemake.logging import logger
from snakemake.settings.enums import Quietness
from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_logger_plugins.base import LogHandlerBase

from headrace.errors import RecordError
from headrace.gcs import ObjectUri
from headrace.page.publish import LivePage
from headrace.runs.cloudstore import CloudStore
from headrace.runs.journal import JOBS_FILE, Journal
from headrace.runs.records import PAGE_FILE
from headrace.runs.status import BEAT_SECONDS, STATUS_FILE, RunStatus
from headrace.runs.store import HTML, JSON
from headrace.settings import DRY_RUN_VARIABLE
from snakemake_logger_plugin_headrace import events, foretelling, terminal
from snakemake_logger_plugin_headrace.progress import RunProgress
from snakemake_logger_plugin_headrace.publisher import Document, Publisher, Write, write_file
from snakemake_logger_plugin_headrace.settings import LogHandlerSettings, Target, target_of
from snakemake_logger_plugin_headrace.terminal import Terminal

LAST_WRITE_SECONDS = 30.0
"""How long the end of a run may wait for its last documents to be stored."""

SELDOM_SECONDS = 5.0
"""Between two writes of the larger documents: each write is an operation that is paid for."""

_PROGRAMS = ("snakemake", "headrace")


class LogHandler(LogHandlerBase):
    """Turns events into a run's status, journal and page, beside Snakemake's own output."""

    def __post_init__(self) -> None:
        """Check the settings; a dry run has no status.

        Raises:
            WorkflowError: a setting is wrong, or Snakemake is told to be too quiet.
        """
        given = self.settings
        settings = given if isinstance(given, LogHandlerSettings) else LogHandlerSettings()
        self._interval = settings.interval
        is_dry = self.common_settings.dryrun or DRY_RUN_VARIABLE in os.environ
        self._target = None if is_dry else target_of(settings)
        self._progress = RunProgress(self._target.run_id if self._target else "", _versions())
        # Not the handler's own lock: `logging.shutdown` holds that while it waits for `close`.
        self._guard = threading.Lock()
        self._publisher: Publisher | None = None
        self._terminal: Terminal | None = None
        if terminal.wanted(self.common_settings, settings.view):
            self._terminal = Terminal(self.common_settings, self._status)
        self._ended = False
        self._closed = False
        self._complained = False
        if self._target is not None and Quietness.PROGRESS in (self.common_settings.quiet or ()):
            raise WorkflowError(
                "--quiet progress (which is --quiet without a value, too) keeps from the run's "
                "status which jobs are done: leave it out, or use '--quiet rules'."
            )

    def emit(self, record: LogRecord) -> None:
        """Take in one record; nothing that goes wrong here may disturb the run."""
        if self._terminal is not None:
            self._terminal.tell(record)
        if self._ended or (self._target is None and self._terminal is None):
            return
        try:
            event = events.read(record)
            if event is None:
                return
            with self._guard:
                self._progress.add(event, record.created)
        except (AttributeError, KeyError, TypeError, ValueError, RecordError) as error:
            self._complain(f"The run's status misses an event it does not understand: {error!r}")
            return
        if self._terminal is not None and isinstance(event, events.JobFailed):
            self._terminal.fail(self._progress.last_error)
        if self._progress.begun:
            self._show()

    def _show(self) -> None:
        if self._target is not None:
            self._publish(self._target)
        if self._terminal is not None:
            self._terminal.draw()

    def close(self) -> None:
        """Publish how the run ended; Snakemake has stopped the queue of records before."""
        self._ended = True
        if self._terminal is not None:
            self._terminal.close()
        if self._publisher is not None:
            self._publisher.close()
            self._publisher = None
        if self.common_settings.dryrun and not self._closed:
            foretelling.say()
        self._closed = True
        super().close()

    @property
    def writes_to_stream(self) -> bool:
        """On a terminal that shows the live view: then Snakemake's own output is left out."""
        return self._terminal is not None

    @property
    def writes_to_file(self) -> bool:
        """No: what is written is no log."""
        return False

    @property
    def has_filter(self) -> bool:
        """Yes, one that lets everything pass: `--quiet` is for eyes."""
        return True

    @property
    def has_formatter(self) -> bool:
        """Yes: records are read, not formatted."""
        return True

    @property
    def needs_rulegraph(self) -> bool:
        """No."""
        return False

    def _publish(self, target: Target) -> None:
        if self._publisher is None:
            self._publisher = Publisher(
                list(self._documents(target)),
                self._complain,
                self._interval,
                LAST_WRITE_SECONDS,
                BEAT_SECONDS,
            )
        self._publisher.change()

    def _documents(self, target: Target) -> Iterator[Document]:
        """Yield what is kept up to date: beside the status, what has its place in a bucket."""
        if isinstance(target.place, Path):
            yield Document(
                "status", self._status_json, partial(write_file, target.place), beats=True
            )
            return

        @cache
        def store() -> CloudStore:
            # Opened in the publisher's thread: without credentials this fails, and the run goes on.
            return CloudStore(endpoint=target.endpoint)

        def writer(place: ObjectUri, content_type: str = JSON) -> Write:
            return lambda document: store().write(place, document, content_type)

        folder = target.place
        yield Document("status", self._status_json, writer(folder / STATUS_FILE), beats=True)
        yield Document(
            "journal", self._journal_json, writer(folder / JOBS_FILE), every=SELDOM_SECONDS
        )
        page = partial(self._page, LivePage(folder, store, Path()))
        yield Document(
            "page", page, writer(folder / PAGE_FILE, HTML), beats=True, every=SELDOM_SECONDS
        )

    def _status(self) -> RunStatus:
        with self._guard:
            return self._progress.status(ended=self._ended, alive=datetime.now(UTC))

    def _journal(self) -> Journal:
        with self._guard:
            return self._progress.journal()

    def _status_json(self) -> bytes:
        return msgspec.json.encode(self._status())

    def _journal_json(self) -> bytes:
        return msgspec.json.encode(self._journal())

    def _page(self, live: LivePage) -> bytes:
        return live.page(self._status(), self._journal(), datetime.now(UTC))

    def _complain(self, sentence: str) -> None:
        if not self._complained:
            self._complained = True
            logger.warning(sentence)


def _versions() -> dict[str, str]:
    """Return the versions of what runs on the head."""
    found = {program: metadata.version(program) for program in _PROGRAMS}
    return {**found, "python": platform.python_version()}

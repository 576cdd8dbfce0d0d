"""The log handler that Snakemake feeds from its queue of records."""

import threading
from functools import cache, partial
from logging import LogRecord
from pathlib import Path

import msgspec
from snakemake.logging import logger
from snakemake.settings.enums import Quietness
from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_logger_plugins.base import LogHandlerBase

from headrace.runs.cloudstore import CloudStore
from snakemake_logger_plugin_headrace import events
from snakemake_logger_plugin_headrace.progress import RunProgress
from snakemake_logger_plugin_headrace.publisher import Publisher, Write, write_file
from snakemake_logger_plugin_headrace.settings import LogHandlerSettings, Target, target_of

LAST_WRITE_SECONDS = 30.0
"""How long the end of a run may wait for its last status to be stored."""


class LogHandler(LogHandlerBase):
    """Turns events into the run's status; beside Snakemake's own output, not instead of it."""

    def __post_init__(self) -> None:
        """Check the settings; a dry run has no status.

        Raises:
            WorkflowError: a setting is wrong, or Snakemake is told to be too quiet.
        """
        given = self.settings
        settings = given if isinstance(given, LogHandlerSettings) else LogHandlerSettings()
        self._interval = settings.interval
        self._target = None if self.common_settings.dryrun else target_of(settings)
        self._progress = RunProgress(self._target.run_id if self._target else "")
        # Not the handler's own lock: `logging.shutdown` holds that while it waits for `close`.
        self._guard = threading.Lock()
        self._publisher: Publisher | None = None
        self._ended = False
        self._complained = False
        if self._target is not None and Quietness.PROGRESS in (self.common_settings.quiet or ()):
            raise WorkflowError(
                "--quiet progress (which is --quiet without a value, too) keeps from the run's "
                "status which jobs are done: leave it out, or use '--quiet rules'."
            )

    def emit(self, record: LogRecord) -> None:
        """Take in one record; nothing that goes wrong here may disturb the run."""
        if self._target is None or self._ended:
            return
        try:
            event = events.read(record)
            if event is None:
                return
            with self._guard:
                self._progress.add(event, record.created)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            self._complain(f"The run's status misses an event it does not understand: {error!r}")
            return
        if self._progress.begun:
            self._publish(self._target)

    def close(self) -> None:
        """Publish how the run ended; Snakemake has stopped the queue of records before."""
        self._ended = True
        if self._publisher is not None:
            self._publisher.close()
            self._publisher = None
        super().close()

    @property
    def writes_to_stream(self) -> bool:
        """No: Snakemake's own output to the terminal stays."""
        return False

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
                self._document, _writer(target), self._complain, self._interval, LAST_WRITE_SECONDS
            )
        self._publisher.change()

    def _document(self) -> bytes:
        with self._guard:
            return msgspec.json.encode(self._progress.status(ended=self._ended))

    def _complain(self, sentence: str) -> None:
        if not self._complained:
            self._complained = True
            logger.warning(sentence)


def _writer(target: Target) -> Write:
    place = target.place
    if isinstance(place, Path):
        return partial(write_file, place)

    @cache
    def store() -> CloudStore:
        return CloudStore(endpoint=target.endpoint)

    # Opened in the publisher's thread: without credentials this fails, and the run goes on.
    return lambda document: store().write(place, document)

"""Writes documents that change often, from a thread of its own and not too often."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

Make = Callable[[], bytes]
Write = Callable[[bytes], None]
Complain = Callable[[str], None]

SHARE = 0.01
"""Most of a processor that one document may take: the larger it grows, the rarer it is written."""


@dataclass
class Document:
    """A document, and what the publisher knows of it.

    Attributes:
        name: as messages call it.
        make: returns the document as it is now; called in the publisher's thread.
        write: replaces it; may take long and may raise anything.
        beats: whether it is written now and then though nothing has changed.
        every: least seconds between two of its writes, if more than the publisher's.
        changed: whether it may differ from what was written last.
        due: when it may be written again, on the monotonic clock.
    """

    name: str
    make: Make
    write: Write
    beats: bool = False
    every: float = 0.0
    changed: bool = False
    due: float = 0.0


class Publisher:
    """Keeps documents up to date; whoever reports a change never waits nor sees a failure."""

    def __init__(
        self,
        documents: Sequence[Document],
        complain: Complain,
        interval_seconds: float,
        last_seconds: float,
        beat_seconds: float,
    ) -> None:
        """Start the thread.

        Args:
            documents: in the order in which they are written.
            complain: is told of the first failure only.
            interval_seconds: least time between two writes of a document, but for the last.
            last_seconds: most time that `close` waits for the last writes.
            beat_seconds: most time between two writes of documents that beat.
        """
        self._documents = documents
        self._complain = complain
        self._interval = interval_seconds
        self._last_seconds = last_seconds
        self._beat_seconds = beat_seconds
        self._failed = False
        self._told = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="headrace-publisher", daemon=True)
        self._thread.start()

    def change(self) -> None:
        """Say that the documents may have changed."""
        self._told.set()

    def close(self) -> None:
        """Write every document a last time, wait for that, and stop."""
        self._closing.set()
        self._told.set()
        self._thread.join(self._last_seconds)
        if self._thread.is_alive():
            self._report("documents", f"it took longer than {self._last_seconds:.0f} s")

    def _run(self) -> None:
        beat = time.monotonic() + self._beat_seconds
        while not self._closing.is_set():
            self._told.wait(self._pause(beat))
            if self._told.is_set():
                self._told.clear()
                self._mark(self._documents)
            now = time.monotonic()
            if now >= beat:
                beat = now + self._beat_seconds
                self._mark([document for document in self._documents if document.beats])
            for document in self._documents:
                if document.changed and now >= document.due and not self._closing.is_set():
                    self._publish(document)
            self._closing.wait(self._interval)
        for document in self._documents:
            self._publish(document)

    def _pause(self, beat: float) -> float:
        """Return how long to wait for news, in seconds: until something is due anyway."""
        due = [document.due for document in self._documents if document.changed]
        return max(0.0, min([beat, *due]) - time.monotonic())

    @staticmethod
    def _mark(documents: Sequence[Document]) -> None:
        for document in documents:
            document.changed = True

    def _publish(self, document: Document) -> None:
        document.changed = False
        before = time.thread_time()
        try:
            document.write(document.make())
        except Exception as error:  # noqa: BLE001 - the run must go on, whatever this was
            self._report(document.name, str(error))
        pause = (time.thread_time() - before) / SHARE
        document.due = time.monotonic() + max(pause, self._interval, document.every)

    def _report(self, name: str, reason: str) -> None:
        if not self._failed:
            self._failed = True
            self._complain(f"The run's {name} could not be written: {reason}")


def write_file(place: Path, document: bytes) -> None:
    """Replace a file in one step, so that a reader sees a whole document."""
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{place.name}.part")
    part.write_bytes(document)
    part.replace(place)

"""Writes a document that changes often, from a thread of its own and not too often."""

import threading
from collections.abc import Callable
from pathlib import Path

Make = Callable[[], bytes]
Write = Callable[[bytes], None]
Complain = Callable[[str], None]


class Publisher:
    """Keeps a document up to date; whoever reports a change never waits nor sees a failure."""

    def __init__(
        self,
        make: Make,
        write: Write,
        complain: Complain,
        interval_seconds: float,
        last_seconds: float,
    ) -> None:
        """Start the thread.

        Args:
            make: returns the document as it is now; called in the thread.
            write: replaces the document; may take long and may raise anything.
            complain: is told of the first failure only.
            interval_seconds: least time between two writes, but for the last.
            last_seconds: most time that `close` waits for the last write.
        """
        self._make = make
        self._write = write
        self._complain = complain
        self._interval = interval_seconds
        self._last_seconds = last_seconds
        self._failed = False
        self._changed = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="headrace-status", daemon=True)
        self._thread.start()

    def change(self) -> None:
        """Say that the document has changed."""
        self._changed.set()

    def close(self) -> None:
        """Write the document a last time, wait for it, and stop."""
        self._closing.set()
        self._changed.set()
        self._thread.join(self._last_seconds)
        if self._thread.is_alive():
            self._report(f"it took longer than {self._last_seconds:.0f} s")

    def _run(self) -> None:
        last = False
        while not last:
            self._changed.wait()
            self._changed.clear()
            # Read before the document is made: what is made after the closing is the last one.
            last = self._closing.is_set()
            try:
                self._write(self._make())
            except Exception as error:  # noqa: BLE001 - the run must go on, whatever this was
                self._report(str(error))
            self._closing.wait(self._interval)

    def _report(self, reason: str) -> None:
        if not self._failed:
            self._failed = True
            self._complain(f"The run's status could not be written: {reason}")


def write_file(place: Path, document: bytes) -> None:
    """Replace a file in one step, so that a reader sees a whole document."""
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{place.name}.part")
    part.write_bytes(document)
    part.replace(place)

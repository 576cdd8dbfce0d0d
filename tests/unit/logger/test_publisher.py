"""The publisher writes what is newest, always the last, and never troubles who reports."""

import itertools
import threading
from pathlib import Path

from snakemake_logger_plugin_headrace.publisher import Publisher, write_file


class Document:
    """A document with a version, and a place it is written to."""

    def __init__(self) -> None:
        self.version = 0
        self.written: list[bytes] = []
        self.first_write = threading.Event()
        self.complaints: list[str] = []

    def make(self) -> bytes:
        return str(self.version).encode()

    def write(self, text: bytes) -> None:
        self.written.append(text)
        self.first_write.set()

    def publisher(self, interval_seconds: float) -> Publisher:
        return Publisher(self.make, self.write, self.complaints.append, interval_seconds, 10)


def test_many_changes_within_the_interval_are_one_write_and_the_last_is_written() -> None:
    document = Document()
    publisher = document.publisher(interval_seconds=3600)
    publisher.change()
    assert document.first_write.wait(10)
    for document.version in range(1, 1000):
        publisher.change()
    publisher.close()
    assert document.written == [b"0", b"999"]
    assert document.complaints == []


def test_changes_are_written_while_the_run_goes_on() -> None:
    document = Document()
    publisher = document.publisher(interval_seconds=0.001)
    for document.version in range(3):
        document.first_write.clear()
        publisher.change()
        assert document.first_write.wait(10)
    publisher.close()
    assert document.written[:3] == [b"0", b"1", b"2"]


def test_a_failing_write_is_told_once_and_tried_again() -> None:
    document = Document()
    tries = itertools.count()

    def write(text: bytes) -> None:
        if next(tries) < 3:
            document.first_write.set()
            raise OSError("no such bucket")
        document.write(text)

    publisher = Publisher(document.make, write, document.complaints.append, 0.001, 10)
    for _ in range(3):
        document.first_write.clear()
        publisher.change()
        assert document.first_write.wait(10)
    publisher.close()
    assert document.written == [b"0"]
    assert document.complaints == ["The run's status could not be written: no such bucket"]


def test_a_write_that_hangs_does_not_hang_the_end_of_the_run() -> None:
    document = Document()
    release = threading.Event()
    publisher = Publisher(
        document.make, lambda _: assert_set(release), document.complaints.append, 1, 0.05
    )
    publisher.change()
    publisher.close()
    assert "took longer" in document.complaints[0]
    release.set()


def assert_set(event: threading.Event) -> None:
    assert event.wait(10)


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    place = tmp_path / "new" / "status.json"
    for text in (b"first", b"second"):
        write_file(place, text)
        assert place.read_bytes() == text
    assert list(place.parent.iterdir()) == [place]

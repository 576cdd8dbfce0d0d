"""The publisher writes what is newest, always the last, and never troubles who reports."""

import itertools
import threading
import time
from pathlib import Path

from snakemake_logger_plugin_headrace.publisher import SHARE, Document, Publisher, Write, write_file


class Paper:
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

    def publisher(
        self,
        interval_seconds: float,
        write: Write | None = None,
        last_seconds: float = 10,
        beat_seconds: float = 3600,
    ) -> Publisher:
        status = Document("status", self.make, write or self.write, beats=True)
        return Publisher(
            [status], self.complaints.append, interval_seconds, last_seconds, beat_seconds
        )


def test_many_changes_within_the_interval_are_one_write_and_the_last_is_written() -> None:
    document = Paper()
    publisher = document.publisher(interval_seconds=3600)
    publisher.change()
    assert document.first_write.wait(10)
    for document.version in range(1, 1000):
        publisher.change()
    publisher.close()
    assert document.written == [b"0", b"999"]
    assert document.complaints == []


def test_changes_are_written_while_the_run_goes_on() -> None:
    document = Paper()
    publisher = document.publisher(interval_seconds=0.001)
    for document.version in range(3):
        document.first_write.clear()
        publisher.change()
        assert document.first_write.wait(10)
    publisher.close()
    assert document.written[:3] == [b"0", b"1", b"2"]


def test_a_failing_write_is_told_once_and_tried_again() -> None:
    document = Paper()
    tries = itertools.count()

    def write(text: bytes) -> None:
        if next(tries) < 3:
            document.first_write.set()
            raise OSError("no such bucket")
        document.write(text)

    publisher = document.publisher(0.001, write)
    for _ in range(3):
        document.first_write.clear()
        publisher.change()
        assert document.first_write.wait(10)
    publisher.close()
    assert document.written == [b"0"]
    assert document.complaints == ["The run's status could not be written: no such bucket"]


def test_a_write_that_hangs_does_not_hang_the_end_of_the_run() -> None:
    document = Paper()
    release = threading.Event()
    publisher = document.publisher(1, lambda _: assert_set(release), last_seconds=0.05)
    publisher.change()
    publisher.close()
    assert "took longer" in document.complaints[0]
    release.set()


def assert_set(event: threading.Event) -> None:
    assert event.wait(10)


def test_a_sign_of_life_is_given_though_nothing_happens() -> None:
    document = Paper()
    publisher = document.publisher(interval_seconds=0.001, beat_seconds=0.005)
    for _ in range(3):
        document.first_write.clear()
        assert document.first_write.wait(10)
    publisher.close()


def test_a_document_that_costs_much_is_written_seldom() -> None:
    """Changes never cease, and what the thread burns stays near its share of the time."""
    costly, cheap = Paper(), Paper()

    def burn() -> bytes:
        end = time.thread_time() + 0.02
        while time.thread_time() < end:
            pass
        return b"x"

    documents = [Document("page", burn, costly.write), Document("status", cheap.make, cheap.write)]
    publisher = Publisher(documents, costly.complaints.append, 0.001, 10, 3600)
    began = time.monotonic()
    while len(cheap.written) < 100:
        publisher.change()
        time.sleep(0.001)
    allowed = 1 + (time.monotonic() - began) * SHARE / 0.02
    written = len(costly.written)
    publisher.close()
    assert written <= allowed + 1


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    place = tmp_path / "new" / "status.json"
    for text in (b"first", b"second"):
        write_file(place, text)
        assert place.read_bytes() == text
    assert list(place.parent.iterdir()) == [place]


def test_a_document_may_be_written_less_often_than_the_others() -> None:
    seldom, often = Paper(), Paper()
    documents = [
        Document("page", seldom.make, seldom.write, every=3600),
        Document("status", often.make, often.write),
    ]
    publisher = Publisher(documents, often.complaints.append, 0.001, 10, 3600)
    while len(often.written) < 20:
        publisher.change()
        time.sleep(0.001)
    assert len(seldom.written) == 1
    publisher.close()
    assert len(seldom.written) == 2, "and the last is written"

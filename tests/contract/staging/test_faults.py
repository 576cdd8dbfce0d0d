"""Transfers over connections that break: taken up where they broke, and never wrong."""

import contextlib
import functools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.cloud import storage

from headrace.errors import ObjectChangedError, StorageError
from headrace.gcs import ObjectUri
from headrace.staging import patience
from headrace.staging.objects import Objects
from headrace.staging.uploads import SMALL
from tests.contract.staging.faulty_storage import Fault, FaultyStorage, in_front_of

SIZE = 3_000_000
BROKEN_AT = 1_234_567


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FIRST_PAUSE_SECONDS", 0.001)


@pytest.fixture
def front(endpoint: str) -> Iterator[FaultyStorage]:
    with in_front_of(endpoint) as server:
        yield server


@pytest.fixture
def objects(front: FaultyStorage) -> Iterator[Objects]:
    with contextlib.closing(Objects(front.url)) as opened:
        yield opened


@pytest.fixture
def stored(bucket: storage.Bucket) -> storage.Blob:
    blob = bucket.blob("reads.fastq.gz")
    blob.upload_from_string(os.urandom(SIZE))
    return blob


def address(blob: storage.Blob) -> ObjectUri:
    return ObjectUri(blob.bucket.name, blob.name)


def test_a_download_that_breaks_goes_on_where_it_broke_with_the_same_generation(
    front: FaultyStorage, objects: Objects, stored: storage.Blob, tmp_path: Path
) -> None:
    front.order("GET", Fault.BREAK, at=BROKEN_AT)
    front.order("GET", Fault.UNAVAILABLE, times=2)
    front.order("GET", Fault.BREAK, at=500_000)
    brought = objects.download(address(stored), tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == stored.download_as_bytes()
    assert brought.size == SIZE
    later = BROKEN_AT + 500_000
    ranges = [f"bytes={n}-" for n in (BROKEN_AT, BROKEN_AT, BROKEN_AT, later)]
    assert [seen.range for seen in front.seen] == ["", *ranges]
    generations = [seen.query.get("generation") for seen in front.seen]
    assert generations == [None, *4 * [[str(stored.generation)]]]


def test_a_download_that_breaks_behind_the_last_byte_is_whole(
    front: FaultyStorage, objects: Objects, stored: storage.Blob, tmp_path: Path
) -> None:
    front.order("GET", Fault.BREAK, at=SIZE)
    assert objects.download(address(stored), tmp_path / "x").size == SIZE


def test_a_download_of_what_is_replaced_meanwhile_begins_again(
    front: FaultyStorage, objects: Objects, stored: storage.Blob, tmp_path: Path
) -> None:
    uri = address(stored)
    replace = functools.partial(stored.upload_from_string, "another")
    front.order("GET", Fault.BREAK, at=BROKEN_AT, then=replace)
    assert objects.download(uri, tmp_path / "x").size == len("another")
    assert (tmp_path / "x").read_text() == "another"


def test_wrong_bytes_are_brought_again_and_then_refused(
    front: FaultyStorage, objects: Objects, stored: storage.Blob, tmp_path: Path
) -> None:
    front.order("GET", Fault.WRONG_BYTE, at=17)
    objects.download(address(stored), tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == stored.download_as_bytes()
    front.order("GET", Fault.WRONG_BYTE, at=17, times=100)
    with pytest.raises(ObjectChangedError, match="arrived with a wrong checksum"):
        objects.download(address(stored), tmp_path / "x")


def test_a_server_that_only_breaks_is_given_up(
    front: FaultyStorage, objects: Objects, stored: storage.Blob, tmp_path: Path
) -> None:
    front.order("GET", Fault.BREAK, at=0, times=100)
    with pytest.raises(StorageError, match="the download broke off"):
        objects.download(address(stored), tmp_path / "x")


def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.bam"
    path.write_bytes(os.urandom(SMALL + 12_345))
    return path


def test_an_upload_that_breaks_goes_on_from_what_the_server_has_kept(
    front: FaultyStorage, objects: Objects, bucket: storage.Bucket, tmp_path: Path
) -> None:
    path = large(tmp_path)
    size = path.stat().st_size
    front.order("PUT", Fault.BREAK, at=BROKEN_AT)
    front.order("PUT", Fault.UNAVAILABLE, times=2)
    made = objects.upload(path, ObjectUri(bucket.name, "large.bam"))
    assert bucket.blob("large.bam").download_as_bytes() == path.read_bytes()
    assert made.size == size
    ranges = [seen.content_range for seen in front.seen if seen.method == "PUT"]
    whole, rest = f"bytes 0-{size - 1}/{size}", f"bytes {BROKEN_AT}-{size - 1}/{size}"
    assert ranges == [whole, *3 * [f"bytes */{size}"], rest]


def test_an_upload_whose_last_answer_is_lost_is_not_sent_again(
    front: FaultyStorage, objects: Objects, bucket: storage.Bucket, tmp_path: Path
) -> None:
    path = large(tmp_path)
    front.order("PUT", Fault.NO_REPLY)
    made = objects.upload(path, ObjectUri(bucket.name, "large.bam"))
    assert made.size == path.stat().st_size
    assert len([seen for seen in front.seen if seen.content_range.startswith("bytes 0")]) == 1


def test_an_upload_whose_session_is_lost_begins_again(
    front: FaultyStorage, objects: Objects, bucket: storage.Bucket, tmp_path: Path
) -> None:
    path = large(tmp_path)
    front.order("PUT", Fault.LOST_SESSION)
    objects.upload(path, ObjectUri(bucket.name, "large.bam"))
    assert bucket.blob("large.bam").download_as_bytes() == path.read_bytes()


def test_a_small_upload_without_an_answer_is_sent_again(
    front: FaultyStorage, objects: Objects, bucket: storage.Bucket
) -> None:
    front.order("POST", Fault.NO_REPLY)
    front.order("POST", Fault.UNAVAILABLE)
    objects.write(ObjectUri(bucket.name, "small"), b"content")
    assert bucket.blob("small").download_as_bytes() == b"content"


def test_an_upload_to_a_server_that_only_fails_is_given_up(
    front: FaultyStorage, objects: Objects, bucket: storage.Bucket, tmp_path: Path
) -> None:
    front.order("PUT", Fault.UNAVAILABLE, times=100)
    with pytest.raises(StorageError, match="the upload broke off again and again"):
        objects.upload(large(tmp_path), ObjectUri(bucket.name, "large.bam"))

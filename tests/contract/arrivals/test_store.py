"""What every store promises, asked of each."""

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import google_crc32c
import pytest

from headrace.errors import ObjectMissingError, StorageError
from headrace.gcs import ObjectUri
from headrace.runs.cloudstore import CloudStore
from headrace.runs.store import Store
from tests.contract.storage_server import free_port


def test_what_was_written_is_read(store: Store, bucket: str) -> None:
    uri = ObjectUri(bucket, "a/b.txt")
    store.write(uri, b"first")
    store.write(uri, b"second")
    assert store.read(uri) == b"second"


def test_what_is_not_there_cannot_be_read(store: Store, bucket: str) -> None:
    with pytest.raises(ObjectMissingError, match="There is no gs://"):
        store.read(ObjectUri(bucket, "nothing"))


def test_a_part_of_an_object_is_read_alone_and_only_of_its_own_generation(
    store: Store, bucket: str
) -> None:
    uri = ObjectUri(bucket, "reads.gz")
    content = bytes(range(256)) * 1024
    store.write(uri, content)
    (stored,) = store.list_objects(uri)
    assert store.read_part(stored, 10, 5) == content[10:15]
    assert store.read_part(stored, len(content) - 3, 64) == content[-3:]
    assert store.read_part(stored, 0, len(content)) == content
    assert store.read_part(stored, len(content), 5) == b""
    store.write(uri, b"other")
    with pytest.raises(ObjectMissingError):
        store.read_part(stored, 0, 5)


def test_a_listing_tells_when_an_upload_ended_and_its_md5(store: Store, bucket: str) -> None:
    store.write(ObjectUri(bucket, "reads.gz"), b"reads")
    (stored,) = store.list_objects(ObjectUri(bucket, "reads.gz"))
    assert stored.created == stored.uploaded
    assert abs(stored.uploaded - stored.updated) < timedelta(seconds=1)
    assert base64.b64decode(stored.md5) == hashlib.md5(b"reads", usedforsecurity=False).digest()


def test_an_object_is_created_once(store: Store, bucket: str) -> None:
    uri = ObjectUri(bucket, "claim")
    assert store.create(uri, b"mine")
    assert not store.create(uri, b"yours")
    assert store.read(uri) == b"mine"


def test_of_racing_creators_one_wins_and_its_bytes_stay(store: Store, bucket: str) -> None:
    uri = ObjectUri(bucket, "claim")
    texts = [f"writer {number}".encode() for number in range(16)]
    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(lambda text: store.create(uri, text), texts))
    assert won.count(True) == 1
    assert store.read(uri) == texts[won.index(True)]


def test_a_listing_tells_of_each_object_below_the_prefix(store: Store, bucket: str) -> None:
    for name in ["run/s1_L1.gz", "run/s1_L2.gz", "run/s2_L1.gz", "run10/s1_L1.gz"]:
        store.write(ObjectUri(bucket, name), b"reads")
    found = list(store.list_objects(ObjectUri(bucket, "run/s1_")))
    assert [stored.uri.name for stored in found] == ["run/s1_L1.gz", "run/s1_L2.gz"]
    crc32c = base64.b64encode(google_crc32c.Checksum(b"reads").digest()).decode()
    assert {(stored.size, stored.crc32c) for stored in found} == {(5, crc32c)}
    assert abs(found[0].updated - datetime.now(UTC)) < timedelta(hours=1)


def test_an_overwritten_object_has_a_later_generation(store: Store, bucket: str) -> None:
    uri = ObjectUri(bucket, "reads.gz")
    store.write(uri, b"first")
    (first,) = store.list_objects(uri)
    store.write(uri, b"second")
    (second,) = store.list_objects(uri)
    assert second.generation > first.generation


def test_a_listing_of_nothing_is_empty(store: Store, bucket: str) -> None:
    assert list(store.list_objects(ObjectUri(bucket, "nothing/"))) == []


def test_folders_are_the_first_parts_below_their_parent(store: Store, bucket: str) -> None:
    for name in ["runs/b/run.json", "runs/a/run.json", "runs/a/logs/x", "runs/file", "run/c/d"]:
        store.write(ObjectUri(bucket, name), b"")
    assert store.list_folders(ObjectUri(bucket, "runs")) == ["a", "b"]
    assert store.list_folders(ObjectUri(bucket, "nothing")) == []
    assert store.list_folders(ObjectUri(bucket, "runs"), "a") == ["a"]
    assert store.list_folders(ObjectUri(bucket, "runs"), "c") == []


def test_a_file_is_uploaded_whole(store: Store, bucket: str, tmp_path: Path) -> None:
    content = bytes(range(256)) * 40_000  # above the client's limit for a single request
    (tmp_path / "reads.gz").write_bytes(content)
    store.upload(ObjectUri(bucket, "reads.gz"), tmp_path / "reads.gz")
    assert store.read(ObjectUri(bucket, "reads.gz")) == content


def test_a_server_that_is_gone_is_one_sentence() -> None:
    address = f"http://127.0.0.1:{free_port()}"
    store = CloudStore(endpoint=address, patience=0.1)
    with pytest.raises(StorageError, match=f"Cloud Storage at {address} does not answer"):
        store.list_folders(ObjectUri("results", "runs"))


def test_a_bucket_that_is_not_there_is_named(endpoint: str) -> None:
    store = CloudStore(endpoint=endpoint)
    with pytest.raises(StorageError, match="gs://no-such-bucket/x"):
        store.write(ObjectUri("no-such-bucket", "x"), b"")

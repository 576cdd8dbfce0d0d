"""Manifests travel as metadata of their objects, wherever the storage keeps those."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.cloud import storage

from headrace import storage_client
from headrace.gcs import ObjectUri
from headrace.staging.manifest import MOST_METADATA_BYTES, as_metadata, from_metadata
from headrace.staging.objects import Objects
from tests.contract import storage_server

PLACE = ObjectUri("results", "work/run/manifests/job-0.json")


@pytest.fixture(params=["memory", "disk"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a server that keeps objects in memory, or on a disk."""
    disk = tmp_path / "objects" if request.param == "disk" else None
    with storage_server.running(tmp_path / "log", disk) as address:
        yield address


@pytest.fixture
def bucket(server: str) -> Iterator[storage.Bucket]:
    client = storage_client.connect("project", server)
    yield client.create_bucket(PLACE.bucket)
    client.close()


ROOM = MOST_METADATA_BYTES // 4 * 3
"""Bytes that are as long as metadata may be, when they are written as base64."""

OVERHEAD = 11
"""Bytes that zlib adds to what it cannot make shorter."""


@pytest.mark.parametrize("size", [2, ROOM - OVERHEAD, ROOM + 1, 100_000])
def test_a_manifest_of_any_size_is_stored_and_a_short_one_is_in_listings(
    size: int, server: str, bucket: storage.Bucket
) -> None:
    document = random.Random(size).randbytes(size)  # noqa: S311 # what zlib cannot make shorter
    objects = Objects(server)
    objects.write(PLACE, document, "application/json", as_metadata(document))
    objects.close()
    (listed,) = bucket.list_blobs()
    if size < ROOM:
        assert from_metadata(listed.metadata) == document
    else:
        assert listed.metadata is None
    assert listed.download_as_bytes() == document

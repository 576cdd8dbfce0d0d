"""Manifests travel as metadata of their objects, wherever the storage keeps those."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from google.cloud import storage

from headrace import storage_client
from headrace.gcs import ObjectUri
from headrace.staging.manifest import MANIFEST_METADATA, MOST_METADATA_BYTES, as_metadata
from headrace.staging.objects import Objects
from tests.contract import storage_server

PLACE = ObjectUri("results", "work/run/job-0/manifest.json")


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


@pytest.mark.parametrize("size", [2, MOST_METADATA_BYTES, MOST_METADATA_BYTES + 1, 100_000])
def test_a_manifest_of_any_size_is_stored_and_a_short_one_is_in_listings(
    size: int, server: str, bucket: storage.Bucket
) -> None:
    document = b'{"a":"b",' * (size // 9) + b"{" * (size % 9)
    objects = Objects(server)
    objects.write(PLACE, document, "application/json", as_metadata(document))
    objects.close()
    (listed,) = bucket.list_blobs()
    short = size <= MOST_METADATA_BYTES
    assert (listed.metadata or {}).get(MANIFEST_METADATA) == (document.decode() if short else None)
    assert listed.download_as_bytes() == document

"""The executor's own objects, on the local cloud's storage."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from google.cloud import storage

from headrace import storage_client
from headrace.staging.manifest import Manifest, as_metadata
from localcloud.testing import LocalCloud
from snakemake_executor_plugin_lifesciences.bucket import JobFolders

MANIFESTS = "gs://results/work/run/manifests"
NAMES = ["align-1-0", "call/00000-a", "call/00001-b", "call/00002-c", "call-2-0", "sort-3-0"]
"""Of jobs, and of tasks of an array; not in the order of the bucket, where "-" is before "/"."""


@pytest.fixture(scope="module")
def client() -> Iterator[storage.Client]:
    with LocalCloud.start(buckets=["results"]) as cloud:
        connected = storage_client.connect(cloud.project, cloud.storage_url)
        yield connected
        connected.close()


def test_a_job_has_ended_once_its_manifest_is_there_and_not_before_it_was_written(
    client: storage.Client,
) -> None:
    address = "gs://results/work/run/manifests/job.json"
    begun = datetime.now(UTC)
    folders = JobFolders(client)
    assert not folders.written_since(address, begun)
    client.bucket("results").blob("work/run/manifests/job.json").upload_from_string(b"{}")
    assert folders.written_since(address, begun)
    assert not folders.written_since(address, begun + timedelta(hours=1))


def test_a_listing_brings_the_manifests_from_one_to_another(client: storage.Client) -> None:
    """Those too long for metadata, or with some that make no sense, are left to be read."""
    bucket = client.bucket("results")
    manifests = {number: Manifest((), {}, (), (), number, 0) for number in range(6)}
    for number, manifest in manifests.items():
        document = msgspec.json.encode(manifest)
        blob = bucket.blob(f"work/run/manifests/{NAMES[number]}.json")
        blob.metadata = as_metadata(document)
        if number == 2:
            blob.metadata = {}
        if number == 3:
            blob.metadata = dict.fromkeys(as_metadata(document), "{")
        blob.upload_from_string(document)
    folders = JobFolders(client)
    listed = folders.list_manifests(address(4), address(3))
    assert listed == {
        address(4): manifests[4],
        address(1): manifests[1],
        address(2): None,
        address(3): None,
    }
    assert folders.read_manifest(address(2)) == manifests[2]


def address(number: int) -> str:
    return f"{MANIFESTS}/{NAMES[number]}.json"

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

ARRAY = "gs://results/work/run/array"


@pytest.fixture(scope="module")
def client() -> Iterator[storage.Client]:
    with LocalCloud.start(buckets=["results"]) as cloud:
        connected = storage_client.connect(cloud.project, cloud.storage_url)
        yield connected
        connected.close()


def test_a_job_has_ended_once_its_manifest_is_there_and_not_before_it_was_written(
    client: storage.Client,
) -> None:
    folder = "gs://results/work/run/job"
    begun = datetime.now(UTC)
    folders = JobFolders(client)
    assert not folders.ended_since(folder, begun)
    client.bucket("results").blob("work/run/job/manifest.json").upload_from_string(b"{}")
    assert folders.ended_since(folder, begun)
    assert not folders.ended_since(folder, begun + timedelta(hours=1))


def test_a_listing_brings_the_manifests_of_the_tasks_between_two(client: storage.Client) -> None:
    """Those too long for metadata, or with some that make no sense, are left to be read."""
    bucket = client.bucket("results")
    manifests = {number: Manifest((), {}, (), (), number, 0) for number in range(6)}
    for number, manifest in manifests.items():
        place = f"work/run/array/{number:05d}-abc"
        document = msgspec.json.encode(manifest)
        blob = bucket.blob(f"{place}/manifest.json")
        blob.metadata = as_metadata(document)
        if number == 2:
            blob.metadata = {}
        if number == 3:
            blob.metadata = dict.fromkeys(as_metadata(document), "{")
        blob.upload_from_string(document)
        bucket.blob(f"{place}/step-0-align.log").upload_from_string("log")
    folders = JobFolders(client)
    listed = folders.list_manifests(f"{ARRAY}/00001-abc", f"{ARRAY}/00004-abc")
    assert listed == {
        f"{ARRAY}/00001-abc": manifests[1],
        f"{ARRAY}/00002-abc": None,
        f"{ARRAY}/00003-abc": None,
        f"{ARRAY}/00004-abc": manifests[4],
    }
    assert folders.read_manifest(f"{ARRAY}/00002-abc") == manifests[2]

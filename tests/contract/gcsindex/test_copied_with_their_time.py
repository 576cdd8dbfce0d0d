"""What a run keeps of a former one: copies that are as old as their originals."""

from collections.abc import Callable

import pytest
from google.cloud import storage

from headrace.gcs import ObjectUri
from headrace.runs import store as headrace_store
from headrace.runs.cloudstore import CloudStore
from snakemake_storage_plugin_gcsindex import StorageProvider, index

MakeProvider = Callable[..., StorageProvider]


@pytest.fixture
def cloud(endpoint: str) -> CloudStore:
    return CloudStore(endpoint=endpoint)


def copied(cloud: CloudStore, bucket: storage.Bucket, source: str, target: str) -> None:
    (stored,) = cloud.list_objects(ObjectUri(bucket.name, source))
    cloud.copy(stored, ObjectUri(bucket.name, target))


def test_both_sides_mean_the_same_metadata() -> None:
    assert headrace_store.WRITTEN_KEY == index.WRITTEN_KEY


def test_a_copy_and_its_copy_are_as_old_as_the_original(
    cloud: CloudStore, bucket: storage.Bucket, make_provider: MakeProvider
) -> None:
    bucket.blob("a/x.html").upload_from_string(b"<p>", "text/html")
    copied(cloud, bucket, "a/x.html", "b/x.html")
    copied(cloud, bucket, "b/x.html", "c/x.html")
    provider = make_provider()
    times = {provider.object(f"gs://{bucket.name}/{f}/x.html").mtime() for f in "abc"}
    assert len(times) == 1
    made = bucket.get_blob("c/x.html")
    assert made.content_type == "text/html"
    assert made.download_as_bytes() == b"<p>"
    assert made.time_created > bucket.get_blob("a/x.html").time_created


def test_a_copy_that_is_touched_is_new(
    cloud: CloudStore, bucket: storage.Bucket, make_provider: MakeProvider
) -> None:
    bucket.blob("a/x").upload_from_string(b"x")
    copied(cloud, bucket, "a/x", "b/x")
    touched = make_provider().object(f"gs://{bucket.name}/b/x")
    former = touched.mtime()
    touched.touch()
    again = make_provider().object(f"gs://{bucket.name}/b/x")
    assert touched.mtime() == again.mtime() > former


@pytest.mark.parametrize("said", ["soon", "2999-01-01T00:00:00+00:00", "2020-01-01", ""])
def test_a_time_that_cannot_be_is_not_believed(
    bucket: storage.Bucket, make_provider: MakeProvider, said: str
) -> None:
    blob = bucket.blob("x")
    blob.metadata = {index.WRITTEN_KEY: said}
    blob.upload_from_string(b"x")
    stored = make_provider().object(f"gs://{bucket.name}/x")
    assert stored.mtime() == blob.time_created.timestamp()

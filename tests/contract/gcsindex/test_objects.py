"""Storage objects against a real storage server, looked at and changed from outside as well."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from google.cloud import storage
from snakemake.io import IOCache
from snakemake_interface_common.exceptions import WorkflowError

from snakemake_storage_plugin_gcsindex import StorageObject, StorageProvider
from snakemake_storage_plugin_gcsindex.counting import RequestKind

MakeProvider = Callable[..., StorageProvider]


@dataclass(frozen=True)
class Reported:
    """One line of a job's manifest."""

    uri: str
    size: int
    updated: float
    generation: int


@pytest.fixture
def folder(bucket: storage.Bucket) -> str:
    return f"gs://{bucket.name}/runs/x"


@pytest.fixture
def provider(make_provider: MakeProvider, folder: str) -> StorageProvider:
    return make_provider(prefix=folder)


def _object(provider: StorageProvider, query: str) -> StorageObject:
    found = provider.object(query)
    assert isinstance(found, StorageObject)
    return found


def _put(bucket: storage.Bucket, name: str, text: str = "text") -> storage.Blob:
    blob = bucket.blob(name)
    blob.upload_from_string(text)
    return blob


def _names(bucket: storage.Bucket) -> list[str]:
    return [blob.name for blob in bucket.list_blobs()]


def _jobs_run(provider: StorageProvider, query: str) -> None:
    """Do what Snakemake does: take the inventory, then switch its cache off for the run."""
    cache = IOCache(max_wait_time=10)
    asyncio.run(_object(provider, query).inventory(cache))
    cache.deactivate()


def test_existence_time_and_size_are_those_of_the_object(
    provider: StorageProvider, bucket: storage.Bucket, folder: str
) -> None:
    blob = _put(bucket, "runs/x/a b/é#?.txt", "12345")
    found = _object(provider, f"{folder}/a b/é#?.txt")
    assert found.exists()
    assert found.size() == found.local_footprint() == 5
    assert found.mtime() == blob.time_created.timestamp()
    assert found.versions()[0].generation == blob.generation
    assert found.local_suffix() == f"{bucket.name}/runs/x/a b/é#?.txt"


def test_a_thousand_questions_cost_one_request(
    provider: StorageProvider, bucket: storage.Bucket, folder: str
) -> None:
    for n in range(30):
        _put(bucket, f"runs/x/{n}.txt")
    for _ in range(30):
        for n in range(30):
            found = _object(provider, f"{folder}/{n}.txt")
            assert found.exists()
            assert found.size() == 4
            assert not _object(provider, f"{folder}/{n}.bai").exists()
    assert provider.requests.counts()[RequestKind.LIST] == 1


def test_a_listing_of_several_pages_is_read_to_its_end(
    make_provider: MakeProvider, bucket: storage.Bucket
) -> None:
    for n in range(1005):
        _put(bucket, f"in/{n:04}.txt", "")
    provider = make_provider()
    assert _object(provider, f"gs://{bucket.name}/in/1004.txt").exists()
    assert not _object(provider, f"gs://{bucket.name}/in/1005.txt").exists()
    assert provider.requests.counts()[RequestKind.LIST] == 2


def test_a_directory_is_its_objects(
    provider: StorageProvider, bucket: storage.Bucket, folder: str
) -> None:
    _put(bucket, "runs/x/dir/a", "123")
    newest = _put(bucket, "runs/x/dir/sub/b", "4567")
    _put(bucket, "runs/x/dir.txt", "no part of it")
    found = _object(provider, f"{folder}/dir/")
    assert found.exists()
    assert found.size() == 0
    assert found.local_footprint() == 7
    assert found.mtime() == newest.time_created.timestamp()


def test_a_directory_is_stored_and_retrieved_whole(
    provider: StorageProvider, make_provider: MakeProvider, bucket: storage.Bucket, folder: str
) -> None:
    _put(bucket, "runs/x/dir/left-over")
    stored = _object(provider, f"{folder}/dir")
    local = stored.local_path()
    (local / "sub").mkdir(parents=True)
    (local / "a").write_text("1")
    (local / "sub" / "b").write_text("2")
    stored.store_object()
    assert _names(bucket) == ["runs/x/dir/a", "runs/x/dir/sub/b"]
    (local / "local-left-over").touch()
    again = _object(make_provider(prefix=folder), f"{folder}/dir")
    again.retrieve_object()
    files = {str(path.relative_to(local)) for path in local.rglob("*") if path.is_file()}
    assert files == {"a", "sub/b"}
    assert local.stat().st_mtime == again.mtime() == stored.mtime()


def test_an_empty_directory_survives(
    provider: StorageProvider, make_provider: MakeProvider, bucket: storage.Bucket, folder: str
) -> None:
    stored = _object(provider, f"{folder}/none")
    stored.local_path().mkdir(parents=True)
    stored.store_object()
    assert _names(bucket) == ["runs/x/none"]
    stored.local_path().rmdir()
    _object(make_provider(prefix=folder), f"{folder}/none").retrieve_object()
    assert stored.local_path().is_dir()


def test_a_retrieved_file_has_the_bytes_and_the_time_of_the_object(
    provider: StorageProvider, bucket: storage.Bucket, folder: str
) -> None:
    blob = bucket.blob("runs/x/reads.gz")
    blob.content_encoding = "gzip"
    content = b"\x1f\x8b" + os.urandom(3_000_000)
    blob.upload_from_string(content)
    found = _object(provider, f"{folder}/reads.gz")
    found.retrieve_object()
    assert found.local_path().read_bytes() == content
    assert found.local_path().stat().st_mtime == found.mtime()


def test_a_large_file_is_stored_in_parts(
    provider: StorageProvider, bucket: storage.Bucket, folder: str
) -> None:
    content = os.urandom(9_000_000)
    stored = _object(provider, f"{folder}/large.bin")
    stored.local_path().parent.mkdir(parents=True)
    stored.local_path().write_bytes(content)
    stored.store_object()
    assert bucket.blob("runs/x/large.bin").download_as_bytes() == content
    assert stored.size() == 9_000_000
    assert provider.requests.counts()[RequestKind.UPLOAD] == 2
    assert provider.requests.counts()[RequestKind.LIST] == 1


def test_removing_keeps_bucket_and_index_right(
    provider: StorageProvider, bucket: storage.Bucket, folder: str
) -> None:
    for name in ("a", "dir/1", "dir/2", "dir.txt"):
        _put(bucket, f"runs/x/{name}")
    for query in (f"{folder}/a", f"{folder}/dir"):
        _object(provider, query).remove()
        assert not _object(provider, query).exists()
    assert _names(bucket) == ["runs/x/dir.txt"]
    assert _object(provider, f"{folder}/dir.txt").exists()
    assert provider.requests.counts()[RequestKind.LIST] == 1


def test_removing_what_somebody_else_removed_is_no_error(
    provider: StorageProvider, bucket: storage.Bucket, folder: str
) -> None:
    _put(bucket, "runs/x/a")
    found = _object(provider, f"{folder}/a")
    assert found.exists()
    bucket.blob("runs/x/a").delete()
    found.remove()
    assert not found.exists()


def test_touching_gives_objects_a_new_time_and_leaves_their_bytes(
    provider: StorageProvider, bucket: storage.Bucket, folder: str
) -> None:
    _put(bucket, "runs/x/dir/a", "1")
    _put(bucket, "runs/x/dir/b", "2")
    found = _object(provider, f"{folder}/dir")
    before = found.versions()
    found.touch()
    after = found.versions()
    assert all(new.mtime > old.mtime for old, new in zip(before, after, strict=True))
    assert bucket.blob("runs/x/dir/a").download_as_bytes() == b"1"
    assert provider.requests.counts()[RequestKind.LIST] == 1


def test_while_the_graph_is_built_the_listing_is_believed_and_afterwards_absence_is_checked(
    provider: StorageProvider, bucket: storage.Bucket, folder: str
) -> None:
    late = _object(provider, f"{folder}/late/table.txt")
    assert not late.exists()
    _put(bucket, "runs/x/late/table.txt")
    assert not late.exists()
    _jobs_run(provider, f"{folder}/other")
    assert late.exists()
    assert late.size() == 4
    assert provider.requests.counts()[RequestKind.LIST] == 2


def test_a_directory_that_appears_while_jobs_run_is_found_with_one_request(
    provider: StorageProvider, bucket: storage.Bucket, folder: str
) -> None:
    _jobs_run(provider, f"{folder}/other")
    for name in ("dir.txt", "dir-2/x", "dir/a", "dir/b/c"):
        _put(bucket, f"runs/x/{name}")
    found = _object(provider, f"{folder}/dir")
    assert [one.name for one in found.versions()] == ["runs/x/dir/a", "runs/x/dir/b/c"]
    assert provider.requests.counts()[RequestKind.LIST] == 2


def test_a_manifest_answers_for_its_objects_without_a_request(
    provider: StorageProvider, folder: str
) -> None:
    _jobs_run(provider, f"{folder}/other")
    table = _object(provider, f"{folder}/table.txt")
    tree = _object(provider, f"{folder}/tree")
    temporary = _object(provider, f"{folder}/temp")
    table.record_stored([Reported(f"{folder}/table.txt", 7, 1_700_000_000.25, 11)])
    tree.record_stored([Reported(f"{folder}/tree/{n}", n, 1000.0 + n, n) for n in range(3)])
    temporary.record_stored([])
    assert (table.size(), table.mtime()) == (7, 1_700_000_000.25)
    assert tree.exists()
    assert (tree.size(), tree.local_footprint(), tree.mtime()) == (0, 3, 1002.0)
    assert not temporary.exists()
    assert provider.requests.counts()[RequestKind.LIST] == 1


def test_a_manifest_that_names_another_place_is_refused(
    provider: StorageProvider, folder: str
) -> None:
    with pytest.raises(WorkflowError, match="does not belong"):
        _object(provider, f"{folder}/a").record_stored([Reported(f"{folder}/ab", 1, 1.0, 1)])
    with pytest.raises(WorkflowError, match="does not belong"):
        _object(provider, f"{folder}/a").record_stored([Reported("gs://other/runs/x/a", 1, 1.0, 1)])


def test_what_an_unreporting_job_wrote_is_seen_after_a_refresh(
    provider: StorageProvider, bucket: storage.Bucket, folder: str
) -> None:
    _put(bucket, "runs/x/a", "1")
    found = _object(provider, f"{folder}/a")
    _jobs_run(provider, f"{folder}/a")
    assert found.size() == 1
    _put(bucket, "runs/x/a", "22")
    found.refresh()
    assert found.size() == 2


def test_the_inventory_fills_snakemakes_cache(
    provider: StorageProvider, bucket: storage.Bucket, folder: str
) -> None:
    blob = _put(bucket, "runs/x/a", "123")
    cache = IOCache(max_wait_time=10)
    here, gone = _object(provider, f"{folder}/a"), _object(provider, f"{folder}/b")
    for found in (here, gone):
        asyncio.run(found.inventory(cache))
    assert cache.exists_in_storage[here.cache_key()]
    assert cache.mtime[here.cache_key()].storage() == blob.time_created.timestamp()
    assert cache.size[here.cache_key()] == 3
    assert gone.cache_key() in cache.exists_in_storage
    assert not cache.exists_in_storage[gone.cache_key()]
    assert provider.requests.counts()[RequestKind.LIST] == 1


def test_globbing_lists_from_the_constant_prefix(
    make_provider: MakeProvider, bucket: storage.Bucket
) -> None:
    for name in ("in/a_R1.fq", "in/deep/b_R1.fq", "in/x.txt", "out/c_R1.fq"):
        _put(bucket, name)
    provider = make_provider()
    pattern = _object(provider, f"gs://{bucket.name}/in/{{sample}}_R1.fq")
    assert list(pattern.list_candidate_matches()) == [
        f"gs://{bucket.name}/in/a_R1.fq",
        f"gs://{bucket.name}/in/deep/b_R1.fq",
        f"gs://{bucket.name}/in/x.txt",
    ]
    with pytest.raises(WorkflowError, match="name the bucket"):
        _object(provider, "gs://{bucket}/in/a").list_candidate_matches()


def test_a_missing_bucket_gives_a_sentence_with_its_name(make_provider: MakeProvider) -> None:
    with pytest.raises(WorkflowError, match="no bucket 'no-such-bucket'"):
        _object(make_provider(), "gs://no-such-bucket/a").exists()


def test_an_object_that_went_away_gives_a_sentence(
    provider: StorageProvider, bucket: storage.Bucket, folder: str
) -> None:
    _put(bucket, "runs/x/a")
    found = _object(provider, f"{folder}/a")
    assert found.exists()
    bucket.blob("runs/x/a").delete()
    found.local_path().parent.mkdir(parents=True)
    with pytest.raises(WorkflowError, match="there is no such object"):
        found.retrieve_object()
    assert list(found.local_path().parent.iterdir()) == []
    with pytest.raises(WorkflowError, match="no object"):
        _object(provider, f"{folder}/never").size()


def test_objects_of_a_directory_are_local_only_below_it(
    provider: StorageProvider, bucket: storage.Bucket, folder: str, tmp_path: Path
) -> None:
    _put(bucket, "runs/x/dir/../../../../../evil")
    found = _object(provider, f"{folder}/dir")
    with pytest.raises(WorkflowError, match="no safe place"):
        found.retrieve_object()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []

"""The executor's own objects, on the local cloud's storage."""

from datetime import UTC, datetime, timedelta

from headrace import storage_client
from localcloud.testing import LocalCloud
from snakemake_executor_plugin_lifesciences.bucket import JobFolders


def test_a_job_has_ended_once_its_manifest_is_there_and_not_before_it_was_written() -> None:
    folder = "gs://results/work/run/job"
    begun = datetime.now(UTC)
    with LocalCloud.start(buckets=["results"]) as cloud:
        client = storage_client.connect(cloud.project, cloud.storage_url)
        folders = JobFolders(client)
        assert not folders.ended_since(folder, begun)
        client.bucket("results").blob("work/run/job/manifest.json").upload_from_string(b"{}")
        assert folders.ended_since(folder, begun)
        assert not folders.ended_since(folder, begun + timedelta(hours=1))
        client.close()

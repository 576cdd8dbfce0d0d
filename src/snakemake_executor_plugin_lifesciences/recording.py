"""What a job left in the bucket, told to our storage plugin so that it need not ask."""

from typing import Any

from headrace.staging.manifest import Manifest
from snakemake_executor_plugin_lifesciences.plans import members, written


def record_results(job: Any, manifest: Manifest) -> None:
    """Tell the storage objects of a job's files what is in the bucket now.

    That includes what is not there: a group's temporary files never leave its machine.
    """
    logs = {stored.uri: (stored,) for stored in manifest.logs}
    for file in (file for member in members(job) for file in written(member)):
        record = getattr(file.storage_object, "record_stored", None) if file.is_storage else None
        if record is not None:
            query = file.storage_object.query
            record(manifest.results.get(query) or logs.get(query, ()))

"""The manifests of ended jobs: those of an array's tasks come in one listing, others one by one."""

from collections import defaultdict
from collections.abc import Iterable

from headrace.errors import ObjectMissingError
from headrace.services.protocol import is_task, job_of
from headrace.staging.manifest import Manifest
from snakemake_executor_plugin_lifesciences.bucket import JobFolders
from snakemake_executor_plugin_lifesciences.flights import Flight


class Manifests:
    """Reads manifests; what a listing brought is kept until the next one."""

    def __init__(self, folders: JobFolders) -> None:
        self._folders = folders
        self._listed: dict[str, Manifest | None] = {}
        self._asked: set[str] = set()

    def expect(self, ended: Iterable[Flight]) -> None:
        """List the manifests of tasks that have ended, one request a page for each array.

        Raises:
            StorageError: the storage does not answer.
        """
        self._listed = {}
        by_array: dict[str, list[str]] = defaultdict(list)
        for flight in ended:
            if is_task(flight.name):
                by_array[job_of(flight.name)].append(flight.plan.folder)
        self._asked = {folder for folders in by_array.values() for folder in folders}
        for folders in by_array.values():
            self._listed |= self._folders.list_manifests(min(folders), max(folders))

    def read(self, folder: str) -> Manifest:
        """Return what a job did; raises `ObjectMissingError` if it never came to say."""
        if folder in self._asked and folder not in self._listed:
            raise ObjectMissingError(f"{folder} holds no manifest: the job left none.")
        return self._listed.get(folder) or self._folders.read_manifest(folder)

"""The manifests of ended jobs: those that ended together come in one listing."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence

from headrace.errors import ObjectMissingError
from headrace.staging.manifest import Manifest
from headrace.staging.plan import manifest_of
from snakemake_executor_plugin_lifesciences.bucket import JobFolders
from snakemake_executor_plugin_lifesciences.flights import Flight

PAGE = 1000
"""Objects in one page of a listing, the most that Cloud Storage gives."""


class Manifests:
    """Reads manifests; what a listing brought is kept until the next one."""

    def __init__(self, folders: JobFolders, work: str) -> None:
        self._folders = folders
        self._work = work
        self._listed: dict[str, Manifest | None] = {}
        self._asked: set[str] = set()
        self._there: list[str] = []

    def expect(self, ended: Iterable[Flight]) -> None:
        """List the manifests of jobs that have ended, with no more requests than there are jobs.

        Raises:
            StorageError: the storage does not answer.
        """
        self._listed, self._asked = {}, set()
        wanted = sorted({manifest_of(self._work, flight.plan.folder) for flight in ended})
        for near in clusters(wanted, self._there):
            if len(near) > 1:
                self._listed |= self._folders.list_manifests(near[0], near[-1])
                self._asked.update(near)
        self._remember({*wanted, *self._listed})

    def read(self, folder: str) -> Manifest:
        """Return what a job did; raises `ObjectMissingError` if it never came to say."""
        address = manifest_of(self._work, folder)
        if address in self._asked and address not in self._listed:
            raise ObjectMissingError(f"There is no {address}: the job left no manifest.")
        return self._listed.get(address) or self._folders.read_manifest(address)

    def _remember(self, addresses: Iterable[str]) -> None:
        for address in addresses:
            at = bisect_left(self._there, address)
            if self._there[at : at + 1] != [address]:
                insort(self._there, address)


def clusters(wanted: Sequence[str], there: Sequence[str]) -> list[list[str]]:
    """Divide addresses so that no page of a cluster's listing can be without one of them.

    Both are sorted; `there` are manifests that are known to lie in the bucket. So a cluster's
    listing takes no more pages than reading its members one by one would take requests.
    """
    found: list[list[str]] = []
    for address in wanted:
        last = found[-1][-1] if found else None
        if last is None or bisect_left(there, address) - bisect_left(there, last) > PAGE:
            found.append([])
        found[-1].append(address)
    return found

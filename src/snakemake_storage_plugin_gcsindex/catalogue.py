"""What is known of all buckets, and when the storage service must be asked.

1. The folder given as `whole`, the run's own, is listed completely, once. Any other folder is
   listed on its own level only, with the names of its subfolders; a subfolder that turns out to be
   wanted as a directory is then listed completely.
2. What is known to exist is believed.
3. What is not known to exist is believed absent while the caller trusts the listings (Snakemake
   builds its graph of jobs), and else asked again with one request, since jobs elsewhere write.
4. What was stored, removed or reported by a job is entered without asking. An absence that a job
   reports, of a temporary file that never left its machine, is not asked about again either.

One lock holds for a question and the requests it needs, so nothing is listed twice.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from snakemake_storage_plugin_gcsindex.index import BucketIndex, StoredObject
from snakemake_storage_plugin_gcsindex.names import Address


@dataclass(frozen=True, slots=True)
class FolderListing:
    """One level of a folder: its objects and the folders in it (each with a slash at its end).

    Not `complete` if the folder held more than one listing may bring home.
    """

    objects: Sequence[StoredObject]
    subfolders: frozenset[str]
    complete: bool


class Lister(Protocol):
    """How the storage service is asked."""

    def tree(self, bucket: str, folder: str) -> Iterable[StoredObject]:
        """Return everything below a folder; `""` is the whole bucket."""

    def folder(self, bucket: str, folder: str) -> FolderListing:
        """Return one level of a folder."""

    def at(self, address: Address) -> Iterable[StoredObject]:
        """Return the object of this name, if any, and everything below this name."""


@dataclass
class _Bucket:
    """What is known of one bucket."""

    index: BucketIndex = field(default_factory=BucketIndex)
    trees: set[str] = field(default_factory=set)
    """Folders below which everything is known."""
    settled: set[str] = field(default_factory=set)
    """Keys of which it is known whether there is an object of exactly this name."""
    levels: dict[str, FolderListing] = field(default_factory=dict)
    """Folders of which one level was listed; the objects are in the index instead."""

    def knows(self, key: str) -> bool:
        """Say whether all there is at and below a key is known."""
        return key in self.settled or self.knows_below(key[: key.rfind("/") + 1])

    def knows_below(self, folder: str) -> bool:
        """Say whether all there is below a folder is known."""
        return any(around in self.trees for around in _with_parents(folder))

    def holds(self, key: str) -> bool:
        return self.index.get(key) is not None or self.index.any_under(f"{key}/")

    def objects(self, key: str) -> tuple[StoredObject, ...]:
        found = self.index.get(key)
        return (found,) if found is not None else tuple(self.index.under(f"{key}/"))

    def enter(self, key: str, objects: Iterable[StoredObject]) -> None:
        """Make `objects`, each at or below the key, all there is at and below it."""
        below = []
        self.index.drop(key)
        for found in objects:
            if found.name == key:
                self.index.put(found)
            else:
                below.append(found)
        self.index.replace_under(f"{key}/", below)
        if not self.knows(key):
            self.settled.add(key)
            self.trees.add(f"{key}/")


class Catalogue:
    """Answers what is at an address, asking the service only where it must."""

    def __init__(self, lister: Callable[[], Lister], whole: Address | None) -> None:
        """List `whole` (a key of `""` means the bucket) completely, other folders by level.

        `lister` is called when the service must be asked, so that nothing is opened before.
        """
        self._lister = lister
        self._whole = whole
        self._lock = threading.RLock()
        self._buckets: dict[str, _Bucket] = {}
        self._reported_absent: set[Address] = set()
        self._primed = False

    def prime(self) -> None:
        """List the folder that is listed whole, unless that is done."""
        if self._whole is None or self._primed:
            return
        with self._lock:
            folder = f"{self._whole.key}/" if self._whole.key else ""
            if not self._bucket(self._whole.bucket).knows_below(folder):
                self._list_tree(self._whole.bucket, folder)
            self._primed = True

    def exists(self, address: Address, *, trust_absence: bool) -> bool:
        """Say whether there is an object, or a directory of objects, at the address."""
        with self._lock:
            return self._informed(address, trust_absence=trust_absence).holds(address.key)

    def find(self, address: Address, *, trust_absence: bool) -> tuple[StoredObject, ...]:
        """Return the object of this very name, else all objects below it, else nothing."""
        with self._lock:
            return self._informed(address, trust_absence=trust_absence).objects(address.key)

    def matches(self, bucket: str, prefix: str) -> list[StoredObject]:
        """Return all objects whose names begin with the prefix, sorted by name."""
        folder = prefix[: prefix.rfind("/") + 1]
        with self._lock:
            known = self._bucket(bucket)
            if not known.knows_below(folder):
                self._list_tree(bucket, self._whole_around(Address(bucket, folder)) or folder)
            return [found for found in known.index.under(folder) if found.name.startswith(prefix)]

    def record(self, address: Address, objects: Iterable[StoredObject]) -> None:
        """Enter `objects`, each at or below the address, as all that is stored there now."""
        with self._lock:
            self._reported_absent.discard(address)
            self._bucket(address.bucket).enter(address.key, objects)

    def record_absent(self, address: Address) -> None:
        """Believe, without ever asking, that nothing is there, until something is recorded."""
        with self._lock:
            self.record(address, [])
            self._reported_absent.add(address)

    def refresh(self, address: Address) -> None:
        """Ask the service what is there now, whatever was known."""
        with self._lock:
            self.record(address, self._lister().at(address))

    def _informed(self, address: Address, *, trust_absence: bool) -> _Bucket:
        known = self._bucket(address.bucket)
        if address not in self._reported_absent and known.index.get(address.key) is None:
            if not known.knows(address.key):
                self._list_around(address)
            if not trust_absence and not known.holds(address.key):
                self.refresh(address)
        return known

    def _list_around(self, address: Address) -> None:
        whole = self._whole_around(address)
        if whole is not None:
            self._list_tree(address.bucket, whole)
            return
        known = self._bucket(address.bucket)
        folder = address.key[: address.key.rfind("/") + 1]
        if folder not in known.levels:
            listing = self._lister().folder(address.bucket, folder)
            for found in listing.objects:
                known.index.put(found)
            known.levels[folder] = FolderListing((), listing.subfolders, listing.complete)
        if f"{address.key}/" in known.levels[folder].subfolders:
            if not known.knows_below(f"{address.key}/"):
                self._list_tree(address.bucket, f"{address.key}/")
        elif not known.levels[folder].complete and known.index.get(address.key) is None:
            self.refresh(address)

    def _list_tree(self, bucket: str, folder: str) -> None:
        known = self._bucket(bucket)
        known.index.replace_under(folder, self._lister().tree(bucket, folder))
        known.trees.add(folder)

    def _whole_around(self, address: Address) -> str | None:
        """Return the folder to list whole that the address lies in, if it lies in one."""
        if self._whole is None or self._whole.bucket != address.bucket:
            return None
        folder = f"{self._whole.key}/" if self._whole.key else ""
        return folder if address.key.startswith(folder) else None

    def _bucket(self, bucket: str) -> _Bucket:
        return self._buckets.setdefault(bucket, _Bucket())


def _with_parents(folder: str) -> Iterator[str]:
    """Yield every folder a folder lies in, from the bucket down, and itself."""
    yield ""
    slash = folder.find("/")
    while slash != -1:
        yield folder[: slash + 1]
        slash = folder.find("/", slash + 1)

"""What Snakemake asks of and does with one `gs://` query: an object or a directory of objects."""

import os
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_storage_plugins.io import (
    IOCacheStorageInterface,
    Mtime,
    get_constant_prefix,
)
from snakemake_interface_storage_plugins.storage_object import (
    StorageObjectGlob,
    StorageObjectRead,
    StorageObjectTouch,
    StorageObjectWrite,
)

from snakemake_storage_plugin_gcsindex import transfer
from snakemake_storage_plugin_gcsindex.index import StoredObject
from snakemake_storage_plugin_gcsindex.names import SCHEME, Address, split

if TYPE_CHECKING:
    from snakemake_storage_plugin_gcsindex.provider import StorageProvider


class ReportedObject(Protocol):
    """An object as a job's manifest reports it: address, bytes, seconds since 1970, generation."""

    @property
    def uri(self) -> str:
        """`gs://bucket/name`."""

    @property
    def size(self) -> int:
        """Bytes."""

    @property
    def updated(self) -> float:
        """When it was stored, in seconds since 1970."""

    @property
    def generation(self) -> int:
        """Version of the object."""


class StorageObject(StorageObjectRead, StorageObjectWrite, StorageObjectGlob, StorageObjectTouch):
    """One query.

    If there is an object of exactly this name, that is meant; else, if there are objects below
    `name/`, they are meant as a directory. An empty directory is kept as one object of no bytes
    and of the directory's name, told from an empty file by its content type.
    """

    provider: "StorageProvider"

    @cached_property
    def address(self) -> Address:
        """Bucket and key of the query."""
        return split(self.query)

    def local_suffix(self) -> str:
        """Return the local path below the provider's own: bucket and key."""
        return f"{self.address.bucket}/{self.address.key}"

    def get_inventory_parent(self) -> str | None:
        """Return None: the catalogue answers for every file, so no parent vouches for it."""
        return None

    async def inventory(self, cache: IOCacheStorageInterface) -> None:
        """Enter existence, time and size of this query into Snakemake's cache."""
        self.provider.notice(cache)
        key = self.cache_key()
        if key in cache.exists_in_storage:
            return
        objects = self.versions()
        cache.exists_in_storage[key] = bool(objects)
        if objects:
            cache.mtime[key] = Mtime(storage=_newest(objects))
            cache.size[key] = self._size_of(objects)

    def exists(self) -> bool:
        """Say whether there is an object or a directory of objects."""
        return self.provider.catalogue.exists(
            self.address, trust_absence=self.provider.trusts_absence
        )

    def mtime(self) -> float:
        """Return when the content was written, in seconds since 1970; a directory's newest."""
        return _newest(self._present())

    def size(self) -> int:
        """Return the object's bytes; 0 for a directory."""
        return self._size_of(self._present())

    def local_footprint(self) -> int:
        """Return the bytes that a local copy takes."""
        return sum(found.size for found in self._present())

    def versions(self) -> tuple[StoredObject, ...]:
        """Return what is stored: one object, or a directory's, or nothing; sorted by name."""
        return self.provider.catalogue.find(
            self.address, trust_absence=self.provider.trusts_absence
        )

    def fingerprint(self) -> str | None:
        """Return what tells the object's content from another one's, with one request.

        None if there is no such object. Workflows may key what they keep by it. It is not the
        interface's `checksum`, which Snakemake asks for each input of each output of a job that
        has ended, and makes use of only where it has a local copy, whose own it can compute.
        """
        return self.provider.client.fingerprint(self.address)

    def record_stored(self, objects: Sequence[ReportedObject]) -> None:
        """Believe a job's report that `objects` are all that is stored for this query now.

        No objects at all means that the job stored nothing here, and saves asking about it.

        Raises:
            WorkflowError: one of them lies elsewhere.
        """
        stored = []
        for reported in objects:
            name = reported.uri.removeprefix(f"{SCHEME}{self.address.bucket}/")
            if name != self.address.key and not name.startswith(f"{self.address.key}/"):
                raise WorkflowError(
                    f"A job reports to have stored {reported.uri} as {self.query}, where it does "
                    "not belong: check that its stage image fits this version."
                )
            stored.append(StoredObject(name, reported.size, reported.updated, reported.generation))
        if stored:
            self.provider.catalogue.record(self.address, stored)
        else:
            self.provider.catalogue.record_absent(self.address)

    def refresh(self) -> None:
        """Ask the service what is stored now: something that reports nothing has written here."""
        self.provider.catalogue.refresh(self.address)

    def retrieve_object(self) -> None:
        """Bring the object or directory to its local path, all of it or nothing."""
        objects = self._present()
        local = self.local_path()
        if self._is_directory(objects):
            transfer.bring_directory(self.provider.client, self.address, objects, local)
        else:
            transfer.bring_object(self.provider.client, self.address, local)
        # Snakemake fetches again what is older here than there, and clocks differ.
        newest = _newest(objects)
        os.utime(local, (newest, newest))

    def store_object(self) -> None:
        """Store the local file or directory; of a directory's former objects none is left."""
        local = self.local_path()
        if local.is_dir():
            former = self.versions()
            stored = transfer.store_directory(self.provider.client, local, self.address)
            kept = {found.name for found in stored}
            gone = [found.name for found in former if found.name not in kept]
            transfer.remove(self.provider.client, self.address.bucket, gone)
        else:
            stored = [self.provider.client.upload(local, self.address)]
        self.provider.catalogue.record(self.address, stored)

    def remove(self) -> None:
        """Remove the object, or all objects of the directory, from the bucket."""
        objects = [found.name for found in self.versions()]
        transfer.remove(self.provider.client, self.address.bucket, objects)
        self.provider.catalogue.record(self.address, [])

    def touch(self) -> None:
        """Give the content a new time: the service copies every object onto itself."""
        touched = [
            self.provider.client.rewrite(Address(self.address.bucket, found.name))
            for found in self._present()
        ]
        self.provider.catalogue.record(self.address, touched)

    def cleanup(self) -> None:
        """Do nothing: Snakemake removes the local copy, and nothing else is left behind."""

    def list_candidate_matches(self) -> Iterable[str]:
        """Return the queries of all objects that begin like this one up to its first wildcard.

        Raises:
            WorkflowError: the wildcard stands in the bucket's name.
        """
        bucket, slash, prefix = get_constant_prefix(self.query).removeprefix(SCHEME).partition("/")
        if not slash:
            raise WorkflowError(
                f"Cannot look for {self.query}: name the bucket, wildcards may only stand after it."
            )
        matches = self.provider.catalogue.matches(bucket, prefix)
        return [f"{SCHEME}{bucket}/{found.name}" for found in matches]

    def _present(self) -> tuple[StoredObject, ...]:
        objects = self.versions()
        if not objects:
            raise WorkflowError(f"There is no object {self.query} any more.")
        return objects

    def _is_directory(self, objects: Sequence[StoredObject]) -> bool:
        return objects[0].name != self.address.key

    def _size_of(self, objects: Sequence[StoredObject]) -> int:
        return 0 if self._is_directory(objects) else objects[0].size


def _newest(objects: Iterable[StoredObject]) -> float:
    return max(found.mtime for found in objects)

"""Objects in buckets: the small protocol that arrivals, controllers and the command line share."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from headrace.gcs import ObjectUri

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"
"""Stored so that no browser and no proxy keeps a copy: pages are rewritten."""

WRITTEN_KEY = "headrace-written"
"""Metadata of a copy: when its content was first written, as ISO 8601 with its zone. The storage
plugin takes it for the object's time (`snakemake_storage_plugin_gcsindex.index`)."""


@dataclass(frozen=True)
class StoredObject:
    """One generation of an object.

    Attributes:
        uri: its address.
        generation: which of the uploads under that name.
        size: bytes.
        crc32c: base64 as the API gives it.
        updated: when its metadata last changed.
        created: when this generation's upload was finished, if that is known.
        md5: base64 as the API gives it; empty for objects that were composed of others.
    """

    uri: ObjectUri
    generation: int
    size: int
    crc32c: str
    updated: datetime
    created: datetime | None = None
    md5: str = ""

    @property
    def uploaded(self) -> datetime:
        """When the upload was finished; labels or rights that change later do not move it."""
        return self.created or self.updated


class Store(Protocol):
    """Cloud Storage, or something that behaves like it.

    All methods raise `headrace.errors.StorageError` when it cannot be reached or refuses.
    """

    def list_objects(self, prefix: ObjectUri) -> Iterator[StoredObject]:
        """Yield the objects whose names begin with the prefix's, in the order of names."""

    def list_folders(self, parent: ObjectUri, beginning: str = "") -> list[str]:
        """Return the names of the folders right below `parent` that begin so, sorted.

        They are without slashes.
        """

    def read(self, uri: ObjectUri) -> bytes:
        """Return an object's bytes, or raise `ObjectMissingError`."""

    def read_part(self, stored: StoredObject, start: int, length: int) -> bytes:
        """Return at most `length` bytes from `start` on of that very generation, as stored.

        Raises:
            ObjectMissingError: the object was deleted or overwritten meanwhile.
        """

    def create(self, uri: ObjectUri, data: bytes) -> bool:
        """Write a JSON object unless it exists, atomically: of racing writers one gets `True`."""

    def write(self, uri: ObjectUri, data: bytes, content_type: str = JSON) -> None:
        """Write an object, over an older generation if there is one."""

    def upload(self, uri: ObjectUri, path: Path) -> None:
        """Copy a local file of any size into an object."""

    def copy(self, source: StoredObject, target: ObjectUri) -> None:
        """Copy an object within the service, unless there is one at `target`.

        The copy's metadata tell when the content was written (`WRITTEN_KEY`).
        """

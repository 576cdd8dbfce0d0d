"""Cloud Storage for staging: objects in and out, whole and checked by CRC32C."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from headrace.gcs import ObjectUri
from headrace.staging.connection import Connection, list_path, object_path
from headrace.staging.credentials import MachineToken, NoToken
from headrace.staging.downloads import BINARY, Downloaded, download
from headrace.staging.manifest import StoredObject
from headrace.staging.uploads import upload_file, upload_small


class Objects:
    """The objects of any bucket; may be used from many threads."""

    def __init__(self, endpoint: str | None) -> None:
        self._connection = Connection(endpoint, NoToken() if endpoint else MachineToken())

    def close(self) -> None:
        """Close the connections that are kept for reuse."""
        self._connection.close()

    def read(self, uri: ObjectUri, part: tuple[int, int] | None = None) -> bytes:
        """Return a whole small object, or a part of one, from its first to its last byte."""
        path = object_path(uri, alt="media")
        if part is None:
            return self._connection.request("GET", path, uri).content
        headers = {"Range": f"bytes={part[0]}-{part[1]}"}
        return self._connection.request("GET", path, uri, headers=headers).content

    def write(
        self,
        uri: ObjectUri,
        content: bytes,
        content_type: str = BINARY,
        metadata: Mapping[str, str] | None = None,
    ) -> StoredObject:
        """Create or replace a whole small object."""
        return _stored(upload_small(self._connection, uri, content, content_type, metadata))

    def stat(self, uri: ObjectUri) -> StoredObject:
        """Return what the bucket knows of an object, or raise `ObjectMissingError`."""
        return _stored(json.loads(self._connection.request("GET", object_path(uri), uri).content))

    def list_below(self, folder: ObjectUri) -> Iterator[StoredObject]:
        """Yield all objects whose names begin with the folder's name and a slash."""
        token = ""
        while True:
            reply = self._connection.request("GET", list_path(folder, token), folder)
            listing = json.loads(reply.content)
            yield from map(_stored, listing.get("items", []))
            token = listing.get("nextPageToken", "")
            if not token:
                return

    def download(self, uri: ObjectUri, path: Path, generation: int | None = None) -> Downloaded:
        """Bring an object, or one generation of it, to a new file."""
        return download(self._connection, uri, path, generation=generation)

    def upload(self, path: Path, uri: ObjectUri) -> StoredObject:
        """Store a file."""
        return _stored(upload_file(self._connection, uri, path))


def _stored(resource: dict[str, Any]) -> StoredObject:
    """Read an object resource, whose numbers are strings.

    The time is that of the content: `updated` moves with every change of metadata as well.
    """
    return StoredObject(
        uri=str(ObjectUri(resource["bucket"], resource["name"])),
        generation=int(resource["generation"]),
        size=int(resource["size"]),
        crc32c=resource["crc32c"],
        updated=datetime.fromisoformat(resource["timeCreated"]).timestamp(),
    )

"""A file becomes an object: small ones in one request, large ones in a session that can go on.

Cloud Storage, "Resumable uploads": one PUT carries all bytes; after a failure the server says how
many it has kept, and another PUT brings the rest. The server is told the checksum of a small
object, and refuses other bytes; that of a large one is taken as it is read, and compared with what
the server says it has stored.
"""

import json
import os
import re
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from headrace.errors import ObjectChangedError, StorageError
from headrace.gcs import ObjectUri
from headrace.staging.checksums import Checksum, ChecksummedFile
from headrace.staging.connection import (
    MAY_PASS,
    Body,
    Connection,
    NoAnswerError,
    Reply,
    refusal,
    upload_path,
)
from headrace.staging.downloads import BINARY
from headrace.staging.patience import Patience

SMALL = 8 << 20
"""Objects up to this size travel in one request, and are held in memory for it."""

_DONE = frozenset({200, 201})
_GO_ON = 308
_LOST_SESSION = frozenset({404, 410})
_STORED_UP_TO = re.compile(r"bytes=0-(\d+)\Z")

Resource = dict[str, Any]


class _SessionLostError(Exception):
    """The server no longer knows the upload."""


def upload_small(
    connection: Connection,
    uri: ObjectUri,
    content: bytes,
    content_type: str = BINARY,
    metadata: Mapping[str, str] | None = None,
) -> Resource:
    """Store a whole object in one request; returns its resource.

    Raises:
        ObjectChangedError: the server has stored other bytes.
        StorageError: it did not store them.
    """
    crc32c = Checksum(content).text
    about = {"name": uri.name, "contentType": content_type, "crc32c": crc32c}
    boundary = secrets.token_hex(16)
    parts = (
        ("application/json; charset=UTF-8", json.dumps({**about, "metadata": metadata or {}})),
        (content_type, ""),
    )
    heads = [f"--{boundary}\r\nContent-Type: {kind}\r\n\r\n{text}" for kind, text in parts]
    body = "\r\n".join(heads).encode() + content + f"\r\n--{boundary}--".encode()
    reply = connection.request(
        "POST",
        upload_path(uri, "multipart"),
        uri,
        body=body,
        headers={"Content-Type": f"multipart/related; boundary={boundary}"},
    )
    return _checked(reply, uri, crc32c)


def upload_file(
    connection: Connection,
    uri: ObjectUri,
    path: Path,
    new_patience: Callable[[], Patience] = Patience,
) -> Resource:
    """Store a file; raises as `upload_small` does, after what may pass has not passed."""
    if path.stat().st_size <= SMALL:
        return upload_small(connection, uri, path.read_bytes())
    patience = new_patience()
    while True:
        try:
            return _upload_large(connection, uri, path, new_patience())
        except (_SessionLostError, ObjectChangedError) as error:
            if patience.failed_at(0):
                continue
            if isinstance(error, ObjectChangedError):
                raise
            raise StorageError(f"{uri}: Cloud Storage lost the upload again and again.") from error


def _upload_large(
    connection: Connection, uri: ObjectUri, path: Path, patience: Patience
) -> Resource:
    with path.open("rb") as opened:
        size, offset = os.fstat(opened.fileno()).st_size, 0
        session = _Session(connection, uri, size)
        file = ChecksummedFile(opened)
        while True:
            file.seek(offset)
            reply = session.send(file, offset)
            if reply is None or reply.status in MAY_PASS or _kept(reply) == offset:
                reply = _ask_patiently(session, offset, patience)
            if reply.status in _DONE:
                return _checked(reply, uri, file.checksum.text)
            if reply.status in _LOST_SESSION:
                raise _SessionLostError
            kept = _kept(reply)
            if kept is None:
                raise refusal(uri, reply.status, reply.content)
            offset = kept


def _ask_patiently(session: "_Session", offset: int, patience: Patience) -> Reply:
    """Ask, until there is an answer, how much of what was sent from `offset` was kept."""
    while patience.failed_at(offset):
        reply = session.ask()
        if reply is not None and reply.status not in MAY_PASS:
            return reply
    raise StorageError(f"{session.uri}: the upload broke off again and again.")


class _Session:
    """A resumable upload of one object."""

    def __init__(self, connection: Connection, uri: ObjectUri, size: int) -> None:
        self.uri = uri
        self._connection = connection
        self._size = size
        reply = connection.request(
            "POST",
            upload_path(uri, "resumable"),
            uri,
            body=b"{}",
            headers={
                "Content-Type": "application/json; charset=UTF-8",
                "X-Upload-Content-Type": BINARY,
                "X-Upload-Content-Length": str(size),
            },
        )
        place = urlsplit(reply.headers["Location"])
        self._path = f"{place.path}?{place.query}"

    def send(self, file: ChecksummedFile, offset: int) -> Reply | None:
        """Send the rest of the file; None if no answer came."""
        headers = {
            "Content-Type": BINARY,
            "Content-Length": str(self._size - offset),
            "Content-Range": f"bytes {offset}-{self._size - 1}/{self._size}",
        }
        return self._put(headers, file)

    def ask(self) -> Reply | None:
        """Ask how much the server has kept; None if no answer came."""
        return self._put({"Content-Length": "0", "Content-Range": f"bytes */{self._size}"}, b"")

    def _put(self, headers: Mapping[str, str], body: Body) -> Reply | None:
        try:
            return self._connection.request_once(
                "PUT", self._path, self.uri, body=body, headers=headers
            )
        except NoAnswerError:
            return None


def _kept(reply: Reply) -> int | None:
    """Return how many bytes a 308 says are stored (no Range header: none); None for no 308."""
    if reply.status != _GO_ON:
        return None
    match = _STORED_UP_TO.match(reply.headers.get("Range", ""))
    return int(match[1]) + 1 if match else 0


def _checked(reply: Reply, uri: ObjectUri, crc32c: str) -> Resource:
    resource: Resource = json.loads(reply.content)
    if resource["crc32c"] != crc32c:
        raise ObjectChangedError(f"{uri} was stored with a wrong checksum.")
    return resource

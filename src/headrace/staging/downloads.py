"""An object comes to a file: in one stream, taken up where it broke, its checksum taken on the way.

The generation that the first answer names is the one that later answers must go on with: if the
object is replaced meanwhile, the download begins again with the new one. Bytes come as they are
stored, unpacked by nobody: the checksum is theirs. Parallel ranges of one object were measured and
brought nothing (docs/performance.md).
"""

import http.client
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from headrace.errors import ObjectChangedError, StorageError
from headrace.gcs import ObjectUri
from headrace.staging.checksums import Checksum, promised
from headrace.staging.connection import (
    CHUNK,
    MAY_PASS,
    NETWORK_ERRORS,
    Connection,
    Response,
    object_path,
    refusal,
)
from headrace.staging.layout import DISK_ERRORS
from headrace.staging.patience import Patience

BINARY = "application/octet-stream"

_WHOLE, _PART, _NOT_FOUND, _BEYOND = 200, 206, 404, 416


@dataclass(frozen=True)
class Downloaded:
    """What came with an object: its bytes' number, and what it says it is."""

    size: int
    content_type: str


class _ReplacedError(Exception):
    """What has come so far is of no use: the object is another, or some bytes are wrong."""


@dataclass
class _Progress:
    """How far one generation of an object has come."""

    generation: str = ""
    promised: str = ""
    content_type: str = BINARY
    size: int = 0
    checksum: Checksum = field(default_factory=Checksum)

    def note(self, headers: http.client.HTTPMessage) -> None:
        """Remember what an answer says of the object."""
        self.generation = headers.get("x-goog-generation", self.generation)
        self.promised = promised(headers.get("x-goog-hash", "")) or self.promised
        self.content_type = headers.get("Content-Type", self.content_type)


def download(
    connection: Connection,
    uri: ObjectUri,
    path: Path,
    *,
    generation: int | None = None,
    patience: Patience | None = None,
) -> Downloaded:
    """Bring an object, or one generation of it, to a new file.

    Raises:
        ObjectMissingError: there is none.
        ObjectChangedError: it came with a wrong checksum, or was replaced, again and again.
        StorageError: the server does not answer, or breaks off again and again.
    """
    patience = patience or Patience()
    wanted = "" if generation is None else str(generation)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        while True:
            file.seek(0)
            file.truncate()
            try:
                progress = _stream(connection, uri, file, _Progress(wanted), patience)
            except _ReplacedError as error:
                if not patience.failed_at(0):
                    raise ObjectChangedError(str(error)) from error
            else:
                return Downloaded(progress.size, progress.content_type)


def _stream(
    connection: Connection, uri: ObjectUri, file: BinaryIO, progress: _Progress, patience: Patience
) -> _Progress:
    """Bring one generation whole, over any number of broken connections."""
    while True:
        try:
            status = _take(connection, uri, file, progress)
        except NETWORK_ERRORS as error:
            if isinstance(error, OSError) and error.errno in DISK_ERRORS:
                raise
            if not patience.failed_at(progress.size):
                raise StorageError(f"{uri}: the download broke off: {error}.") from error
            continue
        if status in MAY_PASS:
            if not patience.failed_at(progress.size):
                raise StorageError(f"{uri}: Cloud Storage answered {status} again and again.")
            continue
        if progress.promised and progress.promised != progress.checksum.text:
            raise _ReplacedError(f"{uri} arrived with a wrong checksum.")
        return progress


def _take(connection: Connection, uri: ObjectUri, file: BinaryIO, progress: _Progress) -> int:
    """Ask for what has not come yet, and take it; returns the status of the answer."""
    pinned = {"generation": progress.generation} if progress.generation else {}
    path = object_path(uri, alt="media", **pinned)
    headers = {"Accept-Encoding": "gzip"}
    if progress.size:
        headers["Range"] = f"bytes={progress.size}-"
    with connection.open("GET", path, headers=headers) as answer:
        if answer.status == (_PART if progress.size else _WHOLE):
            progress.note(answer.headers)
            _write(answer, file, progress)
        elif answer.status == _WHOLE:
            raise _ReplacedError(f"{uri} cannot be brought from its middle.")
        elif answer.status == _NOT_FOUND and progress.size:
            raise _ReplacedError(f"{uri} was replaced while it was brought.")
        elif answer.status not in MAY_PASS | {_BEYOND}:  # nothing is beyond the last byte
            raise refusal(uri, answer.status, answer.read())
        return answer.status


def _write(answer: Response, file: BinaryIO, progress: _Progress) -> None:
    left = answer.length
    while piece := answer.read(CHUNK):
        file.write(piece)
        progress.checksum.update(piece)
        progress.size += len(piece)
        left = left and left - len(piece)
    if left:
        raise http.client.IncompleteRead(b"", left)

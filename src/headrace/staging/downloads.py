"""An object comes to a file: in one stream, taken up where it broke, its checksum taken on the way.

The generation that the first answer names is the one that later answers must go on with: if the
object is replaced meanwhile, the download begins again with the new one. Bytes come as they are
stored, unpacked by nobody: the checksum is theirs. Parallel ranges of one object were measured and
brought nothing (docs/performance.md).
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import urllib3

from headrace.errors import ObjectChangedError, ObjectMissingError, StorageError
from headrace.gcs import ObjectUri
from headrace.staging.checksums import Checksum, promised
from headrace.staging.connection import CHUNK, Connection, Response
from headrace.staging.patience import Patience

BINARY = "application/octet-stream"

_WHOLE, _PART, _BEYOND = 200, 206, 416


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
        answer = _ask(connection, uri, progress)
        try:
            if answer.status != _BEYOND:  # else the last connection broke just behind the last byte
                _take(answer, file, progress)
        except urllib3.exceptions.HTTPError as error:
            answer.close()
            if not patience.failed_at(progress.size):
                raise StorageError(f"{uri}: the download broke off: {error}.") from error
            continue
        if progress.promised and progress.promised != progress.checksum.text:
            raise _ReplacedError(f"{uri} arrived with a wrong checksum.")
        return progress


def _ask(connection: Connection, uri: ObjectUri, progress: _Progress) -> Response:
    """Ask for what has not come yet; remembers what the answer says of the object."""
    pinned = {"generation": progress.generation} if progress.generation else {}
    begun = {"Range": f"bytes={progress.size}-"} if progress.size else {}
    try:
        answer = connection.request(
            "GET",
            connection.object_address(uri, alt="media", **pinned),
            uri,
            headers={"Accept-Encoding": "gzip", **begun},
            expected=frozenset({_WHOLE, _PART, _BEYOND} if begun else {_WHOLE}),
            stream=True,
        )
    except ObjectMissingError as error:
        if progress.size:
            raise _ReplacedError(f"{uri} was replaced while it was brought.") from error
        raise
    if begun and answer.status == _WHOLE:  # a server that knows no ranges begins again
        answer.close()
        raise _ReplacedError(f"{uri} cannot be brought from its middle.")
    progress.generation = answer.headers.get("x-goog-generation", progress.generation)
    progress.promised = promised(answer.headers.get("x-goog-hash", "")) or progress.promised
    progress.content_type = answer.headers.get("Content-Type", progress.content_type)
    return answer


def _take(answer: Response, file: BinaryIO, progress: _Progress) -> None:
    for piece in answer.stream(CHUNK, decode_content=False):
        file.write(piece)
        progress.checksum.update(piece)
        progress.size += len(piece)

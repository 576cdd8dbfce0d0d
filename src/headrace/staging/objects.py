"""Cloud Storage for staging: files in and out over the JSON API, checked by CRC32C.

google-cloud-storage takes a second to import, twice a job; this takes a thirtieth of it. What it
leaves out, staging does not need. API: https://cloud.google.com/storage/docs/json_api.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import quote

import google_crc32c
import urllib3

from headrace.errors import ObjectChangedError, ObjectMissingError, StorageError
from headrace.gcs import ObjectUri
from headrace.staging.credentials import MachineToken, NoToken
from headrace.staging.manifest import StoredObject

GOOGLE = "https://storage.googleapis.com"
CHUNK = 1 << 20
CONNECTIONS = 8
BINARY = "application/octet-stream"

_RETRIES = urllib3.Retry(
    total=5,
    backoff_factor=0.5,
    status_forcelist=(408, 429, 500, 502, 503, 504),
    allowed_methods=None,
    raise_on_status=False,
)
_TIMEOUT = urllib3.Timeout(connect=10, read=120)
_OK = 200
_NOT_FOUND = 404


@dataclass(frozen=True)
class Downloaded:
    """What came with an object: its bytes' number, and what it says it is."""

    size: int
    content_type: str


class Token(Protocol):
    """Whatever authorises a request."""

    def headers(self) -> dict[str, str]:
        """Return the headers to add."""


class Objects:
    """The objects of any bucket; may be used from many threads."""

    def __init__(self, endpoint: str | None) -> None:
        self._pool = urllib3.PoolManager(maxsize=CONNECTIONS, retries=_RETRIES, timeout=_TIMEOUT)
        self._base = (endpoint or GOOGLE).rstrip("/")
        self._token: Token = NoToken() if endpoint else MachineToken(self._pool)

    def read(self, uri: ObjectUri) -> bytes:
        """Return a whole small object."""
        answer = self._request("GET", self._address(uri, alt="media"), uri)
        return bytes(answer.data)

    def write(self, uri: ObjectUri, content: bytes, content_type: str = BINARY) -> StoredObject:
        """Create or replace a whole small object."""
        return self._upload(uri, content, _crc32c(content), content_type)

    def stat(self, uri: ObjectUri) -> StoredObject:
        """Return what the bucket knows of an object, or raise `ObjectMissingError`."""
        return _stored(json.loads(self._request("GET", self._address(uri), uri).data))

    def list_below(self, folder: ObjectUri) -> Iterator[StoredObject]:
        """Yield all objects whose names begin with the folder's name and a slash."""
        prefix = folder.name.rstrip("/") + "/"
        page = f"{self._base}/storage/v1/b/{folder.bucket}/o?prefix={quote(prefix, safe='')}"
        token = ""
        while True:
            url = page + (f"&pageToken={quote(token, safe='')}" if token else "")
            listing = json.loads(self._request("GET", url, folder).data)
            yield from map(_stored, listing.get("items", []))
            token = listing.get("nextPageToken", "")
            if not token:
                return

    def download(self, uri: ObjectUri, path: Path) -> Downloaded:
        """Bring an object to a new file; raises `ObjectChangedError` if its checksum is wrong."""
        answer = self._request("GET", self._address(uri, alt="media"), uri, stream=True)
        checksum = google_crc32c.Checksum()
        size = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("wb") as file:
                for chunk in answer.stream(CHUNK):
                    checksum.update(chunk)
                    size += file.write(chunk)
        except urllib3.exceptions.HTTPError as error:
            raise StorageError(f"{uri}: the download broke off: {error}.") from error
        promised = _promised_crc32c(answer.headers.get("x-goog-hash", ""))
        if promised and promised != _encoded(checksum):
            raise ObjectChangedError(f"{uri} arrived with a wrong checksum.")
        return Downloaded(size, answer.headers.get("Content-Type", BINARY))

    def upload(self, path: Path, uri: ObjectUri) -> StoredObject:
        """Store a file; raises if the bucket holds another checksum than the disk."""
        checksum = google_crc32c.Checksum()
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                checksum.update(chunk)
            file.seek(0)
            return self._upload(uri, file, _encoded(checksum), BINARY)

    def _upload(
        self, uri: ObjectUri, body: bytes | BinaryIO, crc32c: str, content_type: str
    ) -> StoredObject:
        url = (
            f"{self._base}/upload/storage/v1/b/{uri.bucket}/o"
            f"?uploadType=media&name={quote(uri.name, safe='')}"
        )
        answer = self._request("POST", url, uri, body=body, content_type=content_type)
        stored = _stored(json.loads(answer.data))
        if stored.crc32c != crc32c:
            raise ObjectChangedError(f"{uri} was stored with a wrong checksum.")
        return stored

    def _address(self, uri: ObjectUri, **query: str) -> str:
        address = f"{self._base}/storage/v1/b/{uri.bucket}/o/{quote(uri.name, safe='')}"
        return address + "".join(f"?{key}={value}" for key, value in query.items())

    def _request(
        self,
        method: str,
        url: str,
        uri: ObjectUri,
        *,
        body: bytes | BinaryIO | None = None,
        content_type: str = BINARY,
        stream: bool = False,
    ) -> urllib3.BaseHTTPResponse:
        headers = {"Content-Type": content_type, **self._token.headers()}
        try:
            answer = self._pool.request(
                method, url, body=body, headers=headers, preload_content=not stream
            )
        except urllib3.exceptions.HTTPError as error:
            raise StorageError(f"{uri}: Cloud Storage does not answer: {error}.") from error
        if answer.status == _NOT_FOUND:
            raise ObjectMissingError(f"{uri} does not exist.")
        if answer.status != _OK:
            reason = answer.data[:200].decode(errors="replace")
            raise StorageError(f"{uri}: Cloud Storage answered {answer.status}: {reason}")
        return answer


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


def _crc32c(content: bytes) -> str:
    return _encoded(google_crc32c.Checksum(content))


def _encoded(checksum: Any) -> str:
    return base64.b64encode(checksum.digest()).decode()


def _promised_crc32c(header: str) -> str:
    """Return the CRC32C of an `x-goog-hash` header, empty if it carries none."""
    parts = (part.strip().partition("=") for part in header.split(","))
    return next((value for name, _, value in parts if name == "crc32c"), "")

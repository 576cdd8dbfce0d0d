"""Requests to Cloud Storage's JSON API: one pool of connections, and one sentence for each failure.

google-cloud-storage takes a second to import, twice a job; this takes a thirtieth of it. What it
leaves out, staging does not need. API: https://cloud.google.com/storage/docs/json_api.
"""

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import quote

import urllib3

from headrace.errors import ObjectMissingError, StorageError
from headrace.gcs import ObjectUri
from headrace.staging.checksums import ChecksummedFile
from headrace.staging.credentials import MachineToken, NoToken

GOOGLE = "https://storage.googleapis.com"
CONNECTIONS = 8
"""Requests at once; each holds a few MiB at most, whatever the size of its object."""

CHUNK = 1 << 20
"""Bytes between network and disk at a time."""

MAY_PASS = frozenset({408, 429, 500, 502, 503, 504})
"""Cloud Storage, "Retry strategy": the statuses that are worth another try."""

_RETRIES = urllib3.Retry(
    total=7,
    backoff_factor=0.5,
    backoff_jitter=0.5,
    status_forcelist=MAY_PASS,
    allowed_methods=None,
    raise_on_status=False,
)
_ONCE = urllib3.Retry(total=0, raise_on_status=False)
_TIMEOUT = urllib3.Timeout(connect=10, read=120)
_NOT_FOUND = 404
_OK = frozenset({200})

Response = urllib3.BaseHTTPResponse
Body = bytes | ChecksummedFile | None


class NoAnswerError(StorageError):
    """The connection failed before the server had answered."""


class Token(Protocol):
    """Whatever authorises a request."""

    def headers(self) -> dict[str, str]:
        """Return the headers to add."""


class Connection:
    """A storage server; may be used from many threads."""

    def __init__(self, endpoint: str | None) -> None:
        self._pool = urllib3.PoolManager(maxsize=CONNECTIONS, timeout=_TIMEOUT, blocksize=CHUNK)
        self._base = (endpoint or GOOGLE).rstrip("/")
        self._token: Token = NoToken() if endpoint else MachineToken(self._pool)

    def object_address(self, uri: ObjectUri, **query: str) -> str:
        """Return the address of an object, or with `alt="media"` that of its bytes."""
        address = f"{self._base}/storage/v1/b/{uri.bucket}/o/{quote(uri.name, safe='')}"
        words = "&".join(f"{key}={quote(value, safe='')}" for key, value in query.items())
        return f"{address}?{words}" if words else address

    def list_address(self, folder: ObjectUri, token: str) -> str:
        """Return the address of a page of the objects below a folder."""
        prefix = quote(folder.name.rstrip("/") + "/", safe="")
        page = f"{self._base}/storage/v1/b/{folder.bucket}/o?prefix={prefix}"
        return page + (f"&pageToken={quote(token, safe='')}" if token else "")

    def upload_address(self, uri: ObjectUri, kind: str) -> str:
        """Return where to send an object; `kind` is the API's uploadType."""
        name = quote(uri.name, safe="")
        return f"{self._base}/upload/storage/v1/b/{uri.bucket}/o?uploadType={kind}&name={name}"

    def request(
        self,
        method: str,
        url: str,
        uri: ObjectUri,
        *,
        body: Body = None,
        headers: Mapping[str, str] | None = None,
        expected: frozenset[int] = _OK,
        stream: bool = False,
        once: bool = False,
    ) -> Response:
        """Send a request about an object, again if it fails in a way that may pass, or only once.

        Raises:
            ObjectMissingError: 404.
            NoAnswerError: the connection failed.
            StorageError: a status that is not expected.
        """
        try:
            answer = self._pool.request(
                method,
                url,
                body=body,
                headers={**self._token.headers(), **(headers or {})},
                preload_content=not stream,
                retries=_ONCE if once else _RETRIES,
            )
        except urllib3.exceptions.HTTPError as error:
            raise NoAnswerError(f"{uri}: Cloud Storage does not answer: {error}.") from error
        if answer.status in expected:
            return answer
        reason = answer.data[:200].decode(errors="replace")
        answer.release_conn()
        if answer.status == _NOT_FOUND:
            raise ObjectMissingError(f"{uri} does not exist.")
        raise StorageError(f"{uri}: Cloud Storage answered {answer.status}: {reason}")

"""Requests to Cloud Storage's JSON API, with one sentence for each failure.

This is the standard library's HTTP client and no other, because every job starts it twice and waits
for it: google-cloud-storage takes a second to import, urllib3 70 ms, this 25 ms. API:
https://cloud.google.com/storage/docs/json_api.
"""

import http.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, urlsplit

from headrace.errors import ObjectMissingError, StorageError
from headrace.gcs import ObjectUri
from headrace.staging.checksums import ChecksummedFile
from headrace.staging.patience import Patience

GOOGLE = "https://storage.googleapis.com"
CONNECTIONS = 8
"""Requests at once; each holds a few MiB at most, whatever the size of its object."""

CHUNK = 1 << 20
"""Bytes between network and disk at a time."""

TIMEOUT_SECONDS = 120
"""For a connection, and between two pieces of an answer."""

MAY_PASS = frozenset({408, 429, 500, 502, 503, 504})
"""Cloud Storage, "Retry strategy": the statuses that are worth another try."""

NETWORK_ERRORS = (OSError, http.client.HTTPException)
"""What a broken connection raises."""

_GOOD = frozenset({200, 206})
_NOT_FOUND = 404

Response = http.client.HTTPResponse
Body = bytes | ChecksummedFile | None


class NoAnswerError(StorageError):
    """The connection failed before the server had answered."""


class Token(Protocol):
    """Whatever authorises a request."""

    def headers(self) -> dict[str, str]:
        """Return the headers to add."""


@dataclass(frozen=True)
class Reply:
    """A whole answer."""

    status: int
    headers: http.client.HTTPMessage
    content: bytes


class Connection:
    """A storage server; may be used from many threads. Its connections are kept for reuse."""

    def __init__(self, endpoint: str | None, token: Token) -> None:
        self._base = urlsplit(endpoint or GOOGLE)
        self._token = token
        self._idle: list[http.client.HTTPConnection] = []

    def close(self) -> None:
        """Close what is open; a later request opens a connection again."""
        while self._idle:
            self._idle.pop().close()

    def request(
        self,
        method: str,
        path: str,
        uri: ObjectUri,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request about an object, and again as long as a failure may pass.

        Raises:
            ObjectMissingError: 404.
            StorageError: no answer, or another status than 200, or 206 for a part.
        """
        patience = Patience()
        while True:
            try:
                reply = self.request_once(method, path, uri, body=body, headers=headers)
            except NoAnswerError:
                if not patience.failed_at(0):
                    raise
                continue
            if reply.status in _GOOD:
                return reply
            if reply.status not in MAY_PASS or not patience.failed_at(0):
                raise refusal(uri, reply.status, reply.content)

    def request_once(
        self,
        method: str,
        path: str,
        uri: ObjectUri,
        *,
        body: Body = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request once; returns the reply, whatever its status.

        Raises:
            NoAnswerError: the connection failed.
        """
        try:
            with self.open(method, path, body=body, headers=headers) as answer:
                return Reply(answer.status, answer.headers, answer.read())
        except NETWORK_ERRORS as error:
            raise NoAnswerError(f"{uri}: Cloud Storage does not answer: {error}.") from error

    @contextmanager
    def open(
        self,
        method: str,
        path: str,
        *,
        body: Body = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[Response]:
        """Send a request, and give its answer before the content has come.

        What goes wrong is one of `NETWORK_ERRORS`, here and as the content is read.
        """
        all_headers = {**self._token.headers(), **(headers or {})}
        connection = self._idle.pop() if self._idle else self._connect()
        answer = None
        try:
            connection.request(method, path, body, all_headers)
            answer = connection.getresponse()
            yield answer
        finally:
            if answer is not None and answer.isclosed():  # read to its end
                self._idle.append(connection)
            else:
                connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        secure = self._base.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        return kind(self._base.netloc, timeout=TIMEOUT_SECONDS, blocksize=CHUNK)


def refusal(uri: ObjectUri, status: int, content: bytes) -> StorageError:
    """Return what to raise for a status that is not as it should be."""
    if status == _NOT_FOUND:
        return ObjectMissingError(f"{uri} does not exist.")
    reason = content[:200].decode(errors="replace")
    return StorageError(f"{uri}: Cloud Storage answered {status}: {reason}")


def object_path(uri: ObjectUri, **query: str) -> str:
    """Return the path of an object, or with `alt="media"` that of its bytes."""
    path = f"/storage/v1/b/{uri.bucket}/o/{quote(uri.name, safe='')}"
    words = "&".join(f"{key}={quote(value, safe='')}" for key, value in query.items())
    return f"{path}?{words}" if words else path


def list_path(folder: ObjectUri, token: str) -> str:
    """Return the path of a page of the objects below a folder."""
    prefix = quote(folder.name.rstrip("/") + "/", safe="")
    page = f"/storage/v1/b/{folder.bucket}/o?prefix={prefix}"
    return page + (f"&pageToken={quote(token, safe='')}" if token else "")


def upload_path(uri: ObjectUri, kind: str) -> str:
    """Return where to send an object; `kind` is the API's uploadType."""
    name = quote(uri.name, safe="")
    return f"/upload/storage/v1/b/{uri.bucket}/o?uploadType={kind}&name={name}"

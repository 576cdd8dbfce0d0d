"""Connections of the API client that never repeat a request by themselves.

httplib2 sends any request a second time when the connection closes before the answer, a POST as
well: for `pipelines.run` that is a second job. Here such an end is an error like others, and
`headrace.services.retry` decides.
"""

from collections.abc import Callable
from http.client import BadStatusLine, HTTPResponse
from typing import Any

import httplib2

TIMEOUT_SECONDS = 60.0


class _Plain(httplib2.HTTPConnectionWithTimeout):  # type: ignore[misc] # httplib2 has no types
    def getresponse(self) -> HTTPResponse:
        return _answer(super().getresponse)


class _Secure(httplib2.HTTPSConnectionWithTimeout):  # type: ignore[misc] # httplib2 has no types
    def getresponse(self) -> HTTPResponse:
        return _answer(super().getresponse)


_KINDS = {"http": _Plain, "https": _Secure}


class Http(httplib2.Http):  # type: ignore[misc] # httplib2 has no types
    """httplib2's client with connections of ours; a lost one is a `ConnectionError`."""

    def __init__(self) -> None:
        super().__init__(timeout=TIMEOUT_SECONDS)

    def request(self, uri: str, *arguments: Any, **options: Any) -> Any:
        """Send one request; see `httplib2.Http.request`."""
        options["connection_type"] = _KINDS[uri.partition(":")[0]]
        return super().request(uri, *arguments, **options)


def _answer(receive: Callable[[], HTTPResponse]) -> HTTPResponse:
    try:
        return receive()
    except BadStatusLine as error:
        raise ConnectionAbortedError("the connection closed before the answer") from error

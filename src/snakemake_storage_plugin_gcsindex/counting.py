"""Counts the requests to Cloud Storage by kind, as the service answers them."""

import re
import threading
from collections import Counter
from enum import StrEnum
from typing import Any, Protocol
from urllib.parse import urlsplit

_OBJECTS = re.compile(r"/b/[^/]+/o(?P<object>/[^/]+)?(?P<rewrite>/rewriteTo/.+)?$")


class RequestKind(StrEnum):
    """What a request was for; `LIST` is one page, `OTHER` is about a bucket."""

    LIST = "list"
    GET = "get"
    UPLOAD = "upload"
    DOWNLOAD = "download"
    DELETE = "delete"
    REWRITE = "rewrite"
    OTHER = "other"


class Sent(Protocol):
    """The request of an answer (`requests.PreparedRequest`)."""

    method: str | None
    url: str | None


class Answer(Protocol):
    """An answer of the service (`requests.Response`)."""

    @property
    def request(self) -> Sent:
        """The request that was answered."""


class RequestCounter:
    """Counts answered requests, tries that failed included; safe to use from threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[RequestKind] = Counter()

    def note(self, answer: Answer, **_: Any) -> None:
        """Count one answer: a response hook of `requests`."""
        kind = kind_of(answer.request.method or "", answer.request.url or "")
        with self._lock:
            self._counts[kind] += 1

    def counts(self) -> dict[RequestKind, int]:
        """Return how many requests of each kind were answered so far."""
        with self._lock:
            return {kind: self._counts[kind] for kind in RequestKind}

    def total(self) -> int:
        """Return how many requests were answered so far."""
        with self._lock:
            return self._counts.total()


def kind_of(method: str, url: str) -> RequestKind:
    """Tell what a request of the JSON API is for (Cloud Storage, "JSON API methods")."""
    path = urlsplit(url).path
    target = _OBJECTS.search(path)
    if target is None:
        return RequestKind.OTHER
    if path.startswith(("/upload/", "/resumable/")):
        return RequestKind.UPLOAD
    if path.startswith("/download/"):
        return RequestKind.DOWNLOAD
    if target["rewrite"]:
        return RequestKind.REWRITE
    if method == "DELETE":
        return RequestKind.DELETE
    return RequestKind.GET if target["object"] else RequestKind.LIST

"""Google's batch endpoint: many calls in one multipart request.

https://cloud.google.com/storage/docs/batch describes the form for every API: each part is an
`application/http` request with a Content-ID; its answer carries the Content-ID with `response-`
before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import Message
from email.parser import BytesParser
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp
from starlette.types import Message as AsgiMessage

from localcloud.api.handlers import BODY_LIMIT
from localcloud.wire.errors import ApiError, Code

PART_LIMIT = 100
"""The most calls in one batch, as for Google's APIs."""

_BOUNDARY = "batch_localcloud"
_STATUSES = frozenset(status.value for status in HTTPStatus)


@dataclass(frozen=True, slots=True)
class _Call:
    """One call of a batch."""

    content_id: str
    method: str
    target: str
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


@dataclass(slots=True)
class _Answer:
    """What the application sends for one call."""

    status: int = 500
    content_type: str = "application/json; charset=UTF-8"
    body: bytes = b""

    async def send(self, message: AsgiMessage) -> None:
        """Take a message of the ASGI protocol."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


class Multipart:
    """The endpoint: unfolds a batch, calls the application for each part, folds the answers."""

    def routes(self) -> list[Route]:
        """The paths that clients use: `/batch`, and those the discovery documents name."""
        paths = ("/batch", "/batch/{rest:path}")
        return [Route(path, self.handle, methods=["POST"]) for path in paths]

    async def handle(self, request: Request) -> Response:
        """Answer a batch; ApiError when it is not one."""
        raw = await request.body()
        if len(raw) > BODY_LIMIT:
            raise ApiError(Code.INVALID_ARGUMENT, f"The batch has over {BODY_LIMIT} bytes.")
        calls = list(_calls(request.headers.get("content-type", ""), raw))
        parts = []
        for call in calls:
            answer = await _perform(request.app, request.scope, call)
            parts.append(_part(call, answer))
        body = b"".join(parts) + f"--{_BOUNDARY}--\r\n".encode()
        return Response(body, media_type=f"multipart/mixed; boundary={_BOUNDARY}")


def _calls(content_type: str, raw: bytes) -> Iterator[_Call]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    whole = BytesParser(policy=policy.HTTP).parsebytes(head + raw)
    parts = whole.get_payload() if whole.is_multipart() else []
    if not parts or len(parts) > PART_LIMIT:
        raise ApiError(Code.INVALID_ARGUMENT, f"A batch is 1 to {PART_LIMIT} calls in parts.")
    for part in parts:
        if isinstance(part, Message):
            yield _call(part)


def _call(part: Message[Any, Any]) -> _Call:
    payload = part.get_payload(decode=True)
    text = payload if isinstance(payload, bytes) else b""
    head, _, body = text.replace(b"\r\n", b"\n").partition(b"\n\n")
    line, _, headers = head.partition(b"\n")
    words = line.decode("latin-1").split()
    if len(words) < len(("method", "target")):
        raise ApiError(Code.INVALID_ARGUMENT, "A part of the batch is not an HTTP request.")
    fields = (each.partition(b":") for each in headers.split(b"\n") if b":" in each)
    return _Call(
        content_id=str(part.get("Content-ID", "")),
        method=words[0],
        target=words[1],
        headers=tuple((name.strip().lower(), value.strip()) for name, _, value in fields),
        body=body,
    )


async def _perform(app: ASGIApp, scope: Any, call: _Call) -> _Answer:
    """Call the application as if the part had come by itself, from where the batch came."""
    url, answer = urlsplit(call.target), _Answer()
    host = [each for each in scope["headers"] if each[0] in {b"host", b"origin"}]
    inner = {
        **scope,
        "method": call.method,
        "path": unquote(url.path),
        "raw_path": url.path.encode(),
        "query_string": url.query.encode(),
        "headers": [*host, *(each for each in call.headers if each[0] != b"host")],
    }
    for key in ("endpoint", "path_params", "route", "starlette.exception_handlers"):
        inner.pop(key, None)

    async def receive() -> AsgiMessage:
        return {"type": "http.request", "body": call.body, "more_body": False}

    await app(inner, receive, answer.send)
    return answer


def _part(call: _Call, answer: _Answer) -> bytes:
    reason = HTTPStatus(answer.status).phrase if answer.status in _STATUSES else ""
    name = call.content_id.strip("<>")
    head = (
        f"--{_BOUNDARY}\r\nContent-Type: application/http\r\nContent-ID: <response-{name}>\r\n\r\n"
        f"HTTP/1.1 {answer.status} {reason}\r\nContent-Type: {answer.content_type}\r\n"
        f"Content-Length: {len(answer.body)}\r\n\r\n"
    )
    return head.encode("latin-1", "replace") + answer.body + b"\r\n"

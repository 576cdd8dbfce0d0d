"""What every handler shares: reading a request, answering JSON."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from localcloud.wire.enums import INTEGER_ALT, enums_as_numbers
from localcloud.wire.errors import ApiError, Code

log = logging.getLogger(__name__)

_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))
_MEDIA_TYPE = "application/json; charset=UTF-8"

BODY_LIMIT = 1024 * 1024
"""Batch refuses job definitions over 1 MB (https://cloud.google.com/batch/quotas)."""


def reply(message: Mapping[str, Any], status: int = 200) -> Response:
    """A JSON reply as Google's servers send it."""
    return Response(encoded(message), status, media_type=_MEDIA_TYPE)


def reply_list(name: str, texts: Sequence[bytes], rest: Mapping[str, Any]) -> Response:
    """A JSON reply with a list of messages that are encoded already, and other fields."""
    head = b'{"%s":[%s]' % (name.encode(), b",".join(texts))
    tail = b"," + encoded(rest)[1:] if rest else b"}"
    return Response(head + tail, media_type=_MEDIA_TYPE)


def encoded(message: Mapping[str, Any]) -> bytes:
    """The bytes of a JSON message."""
    return _ENCODER.encode(message).encode("utf-8", "surrogatepass")


def wants_numbers(request: Request) -> bool:
    """Whether the client asks for enums as numbers."""
    return request.query_params.get("$alt") == INTEGER_ALT


def answer(request: Request, document: str, schema: str, message: Mapping[str, Any]) -> Response:
    """A reply of one message type, with enums as numbers for clients that ask for them."""
    if wants_numbers(request):
        return reply(enums_as_numbers(document, schema, message))
    return reply(message)


async def json_body(request: Request) -> Any:
    """The decoded body; an empty one is an empty message."""
    raw = await request.body()
    if len(raw) > BODY_LIMIT:
        raise ApiError(
            Code.INVALID_ARGUMENT, f"The request has {len(raw)} bytes; at most {BODY_LIMIT}."
        )
    if not raw.strip():
        return {}
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ApiError(Code.INVALID_ARGUMENT, f"Invalid JSON payload received. {error}") from None


async def on_api_error(_request: Request, error: Exception) -> Response:
    """An ApiError as Google's error body."""
    if not isinstance(error, ApiError):
        raise error
    return reply(error.body(), error.code.http)


async def on_unknown_path(request: Request, _error: Exception) -> Response:
    """A path or verb that no method has."""
    what = f"{request.method} {request.url.path}"
    error = ApiError(Code.NOT_FOUND, f"The local cloud has no method {what}.")
    return reply(error.body(), error.code.http)

"""What every handler shares: reading a request, answering JSON."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from localcloud.wire.enums import INTEGER_ALT, enums_as_numbers
from localcloud.wire.errors import ApiError, Code

log = logging.getLogger(__name__)

BODY_LIMIT = 1024 * 1024
"""Batch refuses job definitions over 1 MB (https://cloud.google.com/batch/quotas)."""


def reply(message: Mapping[str, Any], status: int = 200) -> Response:
    """A JSON reply as Google's servers send it."""
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    return Response(
        body.encode("utf-8", "surrogatepass"), status, media_type="application/json; charset=UTF-8"
    )


def answer(request: Request, document: str, schema: str, message: Mapping[str, Any]) -> Response:
    """A reply of one message type, with enums as numbers for clients that ask for them."""
    if request.query_params.get("$alt") == INTEGER_ALT:
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

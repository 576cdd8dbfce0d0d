"""Keeps web pages out: whoever reaches the local cloud can run programs on this machine.

A page in a browser can send requests to the loopback. Such a request carries an `Origin` that is
not ours, or, after a trick with its name server (DNS rebinding), a `Host` that is not the loopback.
Google's clients send neither.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from localcloud.api.handlers import reply
from localcloud.wire.errors import ApiError, Code

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Guard:
    """Answers 403 to requests that come from elsewhere."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            origin = headers.get("origin", "")
            if not _is_loopback(f"http://{headers.get('host', '')}") or not _is_ours(origin):
                error = ApiError(
                    Code.PERMISSION_DENIED, "The local cloud answers programs of this machine only."
                )
                await reply(error.body(), error.code.http)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _is_ours(origin: str) -> bool:
    return not origin or _is_loopback(origin)


def _is_loopback(url: str) -> bool:
    try:
        return urlsplit(url).hostname in _LOOPBACK
    except ValueError:
        return False

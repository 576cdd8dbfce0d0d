"""The HTTP server: uvicorn, made to leave signals alone and to show its transport."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from localcloud.api.faulty import TRANSPORT

_KEEP_ALIVE_SECONDS = 620
"""As Google's front ends do; a client that polls seldom must not find its connection closed."""


class Server(uvicorn.Server):
    """Leaves signals to the local cloud, which has more to stop than the server."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


class _Protocol(H11Protocol):
    """Puts the connection's transport into the scope, so that a fault can cut it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        app: Any = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, TRANSPORT: self.transport}, receive, send)

        self.app = cast("Any", with_transport)  # uvicorn's scopes are TypedDicts


def new_server(app: ASGIApp) -> Server:
    """A server for an application; `serve(sockets=...)` runs it."""
    return Server(
        uvicorn.Config(
            app,
            http=_Protocol,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=1,
        )
    )

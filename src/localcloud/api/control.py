"""The local cloud's own controls, apart from Google's APIs: `/_localcloud/`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localcloud.api.handlers import reply


class Control:
    """Health, reset and shutdown, given what to ask and what to call."""

    def __init__(
        self,
        health: Callable[[], Mapping[str, Any]],
        reset: Callable[[], Awaitable[None]],
        shutdown: Callable[[], None],
    ) -> None:
        self._health = health
        self._reset = reset
        self._shutdown = shutdown

    def routes(self) -> list[Route]:
        """The controls."""
        return [
            Route("/_localcloud/health", self.health, methods=["GET"]),
            Route("/_localcloud/reset", self.reset, methods=["POST"]),
            Route("/_localcloud/shutdown", self.shutdown, methods=["POST"]),
        ]

    async def health(self, _request: Request) -> Response:
        """200 with `healthy: true` when every part runs, else 503 with what does not."""
        state = self._health()
        return reply(state, 200 if state["healthy"] else 503)

    async def reset(self, _request: Request) -> Response:
        """End and forget every job; buckets and functions stay."""
        await self._reset()
        return reply({})

    async def shutdown(self, _request: Request) -> Response:
        """Stop the local cloud, after this answer."""
        return Response(status_code=200, background=BackgroundTask(self._shutdown))

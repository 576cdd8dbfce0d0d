"""Faults of API calls: a handler wrapped so that ordered calls go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from localcloud.api.handlers import reply
from localcloud.faults.book import FaultBook
from localcloud.faults.orders import ApiFault
from localcloud.wire.errors import ApiError

TRANSPORT = "localcloud.transport"
"""Where the server puts a connection's transport in the ASGI scope."""

Handler = Callable[[Request], Awaitable[Response]]


def faulty(method: str, handler: Handler, faults: FaultBook) -> Handler:
    """The handler of `method`, with ordered faults."""

    async def handle(request: Request) -> Response:
        order = faults.on_call(method)
        if order is None:
            return await handler(request)
        match order.fault:
            case ApiFault.ERROR:
                text = f"{method}: {order.code.name}, ordered by a fault"
                raise ApiError(order.code, text)
            case ApiFault.DELAY:
                await asyncio.sleep(order.seconds)
                return await handler(request)
            case ApiFault.EMPTY_REPLY:
                await handler(request)
                return Response(b"", media_type="application/json")
            case ApiFault.EMPTY_LIST:
                await handler(request)
                return reply({})
            case ApiFault.DROP_REPLY:
                with suppress(ApiError):  # a refusal is a reply too
                    await handler(request)
                return _NoReply()

    return handle


class _NoReply(Response):
    """Cuts the connection instead of answering."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del send
        scope[TRANSPORT].abort()
        while (await receive())["type"] != "http.disconnect":
            pass

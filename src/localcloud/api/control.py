"""The local cloud's own controls, apart from Google's APIs: `/_localcloud/`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localcloud.api.handlers import json_body, reply
from localcloud.faults.book import FaultBook
from localcloud.faults.orders import OrderError
from localcloud.jobs.bill import Bill
from localcloud.wire.errors import ApiError, Code


class Control:
    """Health, reset, shutdown, bill and faults, given what to ask and what to call."""

    def __init__(
        self,
        health: Callable[[], Mapping[str, Any]],
        reset: Callable[[], Awaitable[None]],
        shutdown: Callable[[], None],
        faults: FaultBook,
        bill: Bill,
    ) -> None:
        self._health = health
        self._reset = reset
        self._shutdown = shutdown
        self._faults = faults
        self._bill = bill
        self._methods: tuple[str, ...] = ()

    def routes(self, methods: tuple[str, ...]) -> list[Route]:
        """The controls; `methods` are the API methods that faults can be ordered for."""
        self._methods = methods
        return [
            Route("/_localcloud/health", self.health, methods=["GET"]),
            Route("/_localcloud/reset", self.reset, methods=["POST"]),
            Route("/_localcloud/shutdown", self.shutdown, methods=["POST"]),
            Route("/_localcloud/bill", self.bill, methods=["GET"]),
            Route("/_localcloud/faults", self.list_faults, methods=["GET"]),
            Route("/_localcloud/faults", self.order_fault, methods=["POST"]),
            Route("/_localcloud/faults", self.clear_faults, methods=["DELETE"]),
        ]

    async def health(self, _request: Request) -> Response:
        """200 with `healthy: true` when every part runs, else 503 with what does not."""
        state = self._health()
        return reply(state, 200 if state["healthy"] else 503)

    async def reset(self, _request: Request) -> Response:
        """End and forget every job, fault and cost; buckets and functions stay."""
        await self._reset()
        self._faults.clear()
        self._bill.clear()
        return reply({})

    async def shutdown(self, _request: Request) -> Response:
        """Stop the local cloud, after this answer."""
        return Response(status_code=200, background=BackgroundTask(self._shutdown))

    async def bill(self, _request: Request) -> Response:
        """What the released machines would have cost, in all, by job and by label."""
        return reply(self._bill.statement())

    async def list_faults(self, _request: Request) -> Response:
        """Every order, with the occasions it has seen."""
        return reply({"faults": self._faults.entries()})

    async def order_fault(self, request: Request) -> Response:
        """Take one order; 400 when it makes no sense."""
        try:
            return reply(self._faults.order(await json_body(request), self._methods))
        except OrderError as error:
            raise ApiError(Code.INVALID_ARGUMENT, str(error)) from None

    async def clear_faults(self, _request: Request) -> Response:
        """Forget all orders."""
        self._faults.clear()
        return reply({})

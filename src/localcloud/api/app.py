"""The HTTP application: every route of the local cloud, in one list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from localcloud.api.console import Console
from localcloud.api.control import Control
from localcloud.api.faulty import faulty
from localcloud.api.guard import Guard
from localcloud.api.handlers import on_api_error, on_unknown_path
from localcloud.api.multipart import Multipart
from localcloud.faults.book import FaultBook
from localcloud.wire.errors import ApiError


class Api(Protocol):
    """One of Google's APIs, or as much of it as is played."""

    def routes(self) -> list[Route]:
        """Its methods."""


def application(
    apis: Sequence[Api], control: Control, console: Console, faults: FaultBook
) -> Starlette:
    """The APIs, whose calls can be ordered to go wrong, and the controls, whose cannot."""
    methods = [route for api in apis for route in api.routes()]
    names = tuple(sorted(route.name for route in methods))
    routes: list[BaseRoute] = [
        *(_with_faults(route, faults) for route in methods),
        *Multipart().routes(),
        *control.routes(names),
        *console.routes(),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(Guard)],
        exception_handlers={
            ApiError: on_api_error,
            404: on_unknown_path,
            405: on_unknown_path,
        },
    )


def _with_faults(route: Route, faults: FaultBook) -> Route:
    """The same route; HEAD, which Starlette adds to GET, is no method of Google's APIs."""
    verbs = sorted((route.methods or set()) - {"HEAD"})
    handler = faulty(route.name, route.endpoint, faults)
    return Route(route.path, handler, methods=verbs, name=route.name)

"""The HTTP application: every route of the local cloud, in one list."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from localcloud.api.batch import Batch
from localcloud.api.control import Control
from localcloud.api.handlers import on_api_error, on_unknown_path
from localcloud.api.lifesciences import LifeSciences
from localcloud.wire.errors import ApiError


def application(life_sciences: LifeSciences, batch: Batch, control: Control) -> Starlette:
    """The two APIs, and the controls under `/_localcloud/`."""
    routes: list[BaseRoute] = [
        *life_sciences.routes(),
        *batch.routes(),
        *control.routes(),
    ]
    return Starlette(
        routes=routes,
        exception_handlers={
            ApiError: on_api_error,
            404: on_unknown_path,
            405: on_unknown_path,
        },
    )

"""The routes of Life Sciences v2beta."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localcloud.api.handlers import json_body, reply
from localcloud.api.locations import Locations
from localcloud.engine.engine import Engine
from localcloud.jobs.job import Job, JobName
from localcloud.jobs.spec import Api
from localcloud.jobs.store import JobStore
from localcloud.wire import lifesciences_reply as wire
from localcloud.wire.discovery import check_query, normalize
from localcloud.wire.errors import ApiError, Code, not_found
from localcloud.wire.filters import Value, matches, parse_filter
from localcloud.wire.lifesciences_request import DOCUMENT, parse_run_request
from localcloud.wire.listing import page, page_size, page_start
from localcloud.wire.rules import check_region

PAGE_LIMIT = 256
"""The document: "The maximum value is 256"."""

_PLACE = "/v2beta/projects/{project}/locations/{location}"
_LIST_PARAMETERS = {"filter": "", "pageSize": "", "pageToken": ""}


class LifeSciences:
    """The handlers of the API over a store and an engine."""

    def __init__(
        self,
        store: JobStore,
        engine: Engine,
        now: Callable[[], datetime],
        new_hex: Callable[[], str],
    ) -> None:
        self._store = store
        self._engine = engine
        self._now = now
        self._new_hex = new_hex

    def routes(self) -> list[Route]:
        """The methods of the API."""
        operation = f"{_PLACE}/operations/{{id}}"
        return [
            Route(
                f"{_PLACE}/pipelines:run",
                self.run,
                methods=["POST"],
                name="lifesciences.pipelines.run",
            ),
            Route(
                f"{_PLACE}/operations",
                self.list,
                methods=["GET"],
                name="lifesciences.operations.list",
            ),
            Route(
                f"{operation}:cancel",
                self.cancel,
                methods=["POST"],
                name="lifesciences.operations.cancel",
            ),
            *Locations(DOCUMENT, "lifesciences", "v2beta").routes(),
            Route(operation, self.get, methods=["GET"], name="lifesciences.operations.get"),
        ]

    async def run(self, request: Request) -> Response:
        """`projects.locations.pipelines.run`."""
        check_query(DOCUMENT, {}, request.query_params)
        check_region("parent", request.path_params["location"])
        body, spec = parse_run_request(await json_body(request))
        operation_id = str(10**18 + int(self._new_hex(), 16) % (8 * 10**18))
        job = Job(
            name=_name(request, operation_id),
            uid=operation_id,
            sequence=self._store.next_sequence(),
            spec=spec,
            request=body,
            labels=body.get("labels", {}),
            created=self._now(),
        )
        self._engine.submit(job)
        return reply(wire.operation(job))

    async def get(self, request: Request) -> Response:
        """`projects.locations.operations.get`."""
        check_query(DOCUMENT, {}, request.query_params)
        return reply(wire.operation(self._job(request)))

    async def cancel(self, request: Request) -> Response:
        """`projects.locations.operations.cancel`; best effort, an ended operation stays ended."""
        normalize(DOCUMENT, "CancelOperationRequest", await json_body(request))
        job = self._job(request)
        if job.state.is_final:
            raise ApiError(Code.FAILED_PRECONDITION, "Operation is already done.")
        self._engine.cancel(job)
        return reply({})

    async def list(self, request: Request) -> Response:
        """`projects.locations.operations.list`, newest first."""
        query = check_query(DOCUMENT, _LIST_PARAMETERS, request.query_params)
        expression = parse_filter(query.get("filter", ""))
        jobs = self._store.newest_first(
            Api.LIFE_SCIENCES,
            request.path_params["project"],
            request.path_params["location"],
            page_start(query),
        )
        operations, token = page(
            jobs,
            wanted=lambda job: matches(expression, lambda path: _field(job, path)),
            size=page_size(query, PAGE_LIMIT, PAGE_LIMIT),
            position=lambda job: job.sequence,
            render=wire.operation,
        )
        next_page = {"nextPageToken": token} if token else {}
        return reply({"operations": operations, **next_page})

    def _job(self, request: Request) -> Job:
        name = _name(request, request.path_params["id"])
        job = self._store.get(Api.LIFE_SCIENCES, name)
        if job is None:
            raise not_found(wire.operation_name(name))
        return job


def _name(request: Request, operation_id: str) -> JobName:
    return JobName(request.path_params["project"], request.path_params["location"], operation_id)


def _field(job: Job, path: tuple[str, ...]) -> Value:
    """The fields that the document lists for the filter of `operations.list`."""
    match path:
        case ("labels", key) | ("metadata", "labels", key):
            return job.labels.get(key)
        case ("done",):
            return job.state.is_final
        case ("error",) | ("error", "code"):
            return wire.failure(job)[0].number if job.state.is_final else None
        case ("createTime" | "create_time",) | ("metadata", "createTime"):
            return job.created
        case ("events",):
            return wire.event_names(job)
        case ("name",):
            return wire.operation_name(job.name)
        case _:
            raise KeyError(path)

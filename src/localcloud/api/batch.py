"""The routes of Batch v1."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localcloud.api.batch_operations import BatchOperations
from localcloud.api.batch_tasks import BatchTasks
from localcloud.api.handlers import answer, json_body, reply, reply_list, wants_numbers
from localcloud.api.locations import Locations
from localcloud.api.renderings import Renderings
from localcloud.api.request_ids import RequestIds
from localcloud.engine.engine import Engine
from localcloud.jobs.archive import Archive
from localcloud.jobs.job import Job, JobName
from localcloud.jobs.spec import Api
from localcloud.jobs.states import JobState
from localcloud.jobs.store import JobStore
from localcloud.wire import batch_reply as wire
from localcloud.wire.batch_request import DOCUMENT, check_job_id, parse_job
from localcloud.wire.discovery import check_query, normalize
from localcloud.wire.errors import ApiError, Code, invalid, not_found
from localcloud.wire.filters import Value, matches, parse_filter
from localcloud.wire.listing import page, page_size, page_start, page_start_name
from localcloud.wire.rules import check_region

DEFAULT_PAGE = 100
PAGE_LIMIT = 1000

_PLACE = "/v1/projects/{project}/locations/{location}"
_LIST_PARAMETERS = {"filter": "", "orderBy": "", "pageSize": "", "pageToken": ""}
_CANCELLABLE = frozenset(
    {JobState.QUEUED, JobState.SCHEDULED, JobState.RUNNING, JobState.CANCELLED}
)
"""Cancelling a cancelled job is accepted, as Google's service does."""


class Batch:
    """The handlers of the API over a store and an engine."""

    def __init__(
        self,
        *,
        store: JobStore,
        engine: Engine,
        now: Callable[[], datetime],
        new_hex: Callable[[], str],
        secrets: Mapping[str, str],
        archive: Archive,
    ) -> None:
        self._store = store
        self._engine = engine
        self._now = now
        self._new_hex = new_hex
        self._secrets = secrets
        self._operations = BatchOperations(now, new_hex, archive.shelf("operation"))
        self._tasks = BatchTasks(store)
        self._request_ids = RequestIds(now, archive.shelf("request id"))
        self._renderings = Renderings(wire.job_message)

    def routes(self) -> list[Route]:
        """The methods of the API."""
        job = f"{_PLACE}/jobs/{{id}}"
        return [
            Route(f"{_PLACE}/jobs", self.create, methods=["POST"], name="batch.jobs.create"),
            Route(f"{_PLACE}/jobs", self.list, methods=["GET"], name="batch.jobs.list"),
            Route(f"{job}:cancel", self.cancel, methods=["POST"], name="batch.jobs.cancel"),
            Route(job, self.get, methods=["GET"], name="batch.jobs.get"),
            Route(job, self.delete, methods=["DELETE"], name="batch.jobs.delete"),
            *self._tasks.routes(job),
            *self._operations.routes(_PLACE),
            *Locations(DOCUMENT, "batch", "v1").routes(),
        ]

    async def create(self, request: Request) -> Response:
        """`projects.locations.jobs.create`."""
        query = check_query(DOCUMENT, {"jobId": "", "requestId": ""}, request.query_params)
        region = check_region("parent", request.path_params["location"])
        message, spec = parse_job(await json_body(request), region, self._secrets)
        token = self._new_hex()
        job_id = query.get("jobId") or f"j-{token[:8]}-{token[8:12]}-{token[12:16]}"
        check_job_id(job_id)
        job = Job(
            name=_name(request, job_id),
            uid=wire.new_uid(job_id, token),
            sequence=self._store.next_sequence(),
            spec=spec,
            request=message,
            labels=message.get("labels", {}),
            created=self._now(),
        )
        created = self._once("create", request, query, lambda: self._submit(job))
        return answer(request, DOCUMENT, "Job", created)

    def _submit(self, job: Job) -> dict[str, Any]:
        if not self._engine.submit(job):
            resource = wire.job_name(job.name)
            raise ApiError(Code.ALREADY_EXISTS, f'Resource "{resource}" already exists')
        return wire.job_message(job)

    def _once(
        self,
        method: str,
        request: Request,
        message: Mapping[str, str],
        act: Callable[[], dict[str, Any]],
    ) -> dict[str, Any]:
        """Act once for all requests of this method and place with the message's request id."""
        path = request.path_params
        place = f"{path['project']}/{path['location']}"
        return self._request_ids.once(method, place, message.get("requestId", ""), act)

    async def get(self, request: Request) -> Response:
        """`projects.locations.jobs.get`."""
        check_query(DOCUMENT, {}, request.query_params)
        return answer(request, DOCUMENT, "Job", wire.job_message(self._job(request)))

    async def list(self, request: Request) -> Response:
        """`projects.locations.jobs.list`; newest first unless `orderBy` says otherwise."""
        query = check_query(DOCUMENT, _LIST_PARAMETERS, request.query_params)
        expression = parse_filter(query.get("filter", ""))
        jobs, token = page(
            self._ordered(request, query),
            wanted=lambda job: matches(expression, lambda path: _field(job, path)),
            size=page_size(query, DEFAULT_PAGE, PAGE_LIMIT),
            position=_by_name if _wants_names(query) else lambda job: job.sequence,
            render=lambda job: job,
        )
        next_page = {"nextPageToken": token} if token else {}
        if not wants_numbers(request):
            return reply_list("jobs", [self._renderings.text(job) for job in jobs], next_page)
        messages = [wire.job_message(job) for job in jobs]
        return answer(request, DOCUMENT, "ListJobsResponse", {"jobs": messages, **next_page})

    def _ordered(self, request: Request, query: Mapping[str, str]) -> Iterator[Job]:
        project, location = request.path_params["project"], request.path_params["location"]
        match query.get("orderBy", "").split():
            case ["name"]:
                jobs = self._store.newest_first(Api.BATCH, project, location, sys.maxsize)
                first = page_start_name(query)
                return iter(sorted((j for j in jobs if _by_name(j) > first), key=_by_name))
            case [] | ["create_time" | "createTime", "desc"]:
                return self._store.newest_first(Api.BATCH, project, location, page_start(query))
            case ["create_time" | "createTime"]:
                return self._store.oldest_first(Api.BATCH, project, location, page_start(query, 0))
            case _:
                text = query["orderBy"]
                raise invalid(
                    "order_by", f"{text!r} is not 'name', 'create_time' or 'create_time desc'"
                )

    async def cancel(self, request: Request) -> Response:
        """`projects.locations.jobs.cancel`: a long-running operation."""
        message = normalize(DOCUMENT, "CancelJobRequest", await json_body(request))
        return reply(self._once("cancel", request, message, lambda: self._cancel(request)))

    def _cancel(self, request: Request) -> dict[str, Any]:
        job = self._job(request)
        if job.state not in _CANCELLABLE:
            text = f"Job {job.name.id} is in state {job.state.name} and cannot be cancelled."
            raise ApiError(Code.FAILED_PRECONDITION, text)
        operation = self._operations.begin(
            job.name, wire.job_name(job.name), "cancel", "CancelJobResponse"
        )
        self._engine.cancel(job, lambda: self._operations.finish(operation))
        return self._operations.message(operation)

    async def delete(self, request: Request) -> Response:
        """`projects.locations.jobs.delete`: a long-running operation."""
        query = check_query(DOCUMENT, {"reason": "", "requestId": ""}, request.query_params)
        return reply(self._once("delete", request, query, lambda: self._delete(request)))

    def _delete(self, request: Request) -> dict[str, Any]:
        job = self._job(request)
        operation = self._operations.begin(job.name, wire.job_name(job.name), "delete", "")
        self._engine.delete(job, lambda: self._operations.finish(operation))
        return self._operations.message(operation)

    def _job(self, request: Request) -> Job:
        name = _name(request, request.path_params["id"])
        job = self._store.get(Api.BATCH, name)
        if job is None:
            raise not_found(wire.job_name(name))
        return job


def _name(request: Request, job_id: str) -> JobName:
    return JobName(request.path_params["project"], request.path_params["location"], job_id)


def _wants_names(query: Mapping[str, str]) -> bool:
    return query.get("orderBy", "").split() == ["name"]


def _by_name(job: Job) -> str:
    return wire.job_name(job.name)


_JOB_FIELDS: Mapping[str, Callable[[Job], Value]] = {
    "status.state": lambda job: job.state.name,
    "state": lambda job: job.state.name,
    "createTime": lambda job: job.created,
    "create_time": lambda job: job.created,
    "updateTime": lambda job: job.updated,
    "update_time": lambda job: job.updated,
    "name": lambda job: wire.job_name(job.name),
    "uid": lambda job: job.uid,
    "priority": lambda job: int(job.request.get("priority", 0)),
}


def _field(job: Job, path: tuple[str, ...]) -> Value:
    """The fields of a Job that the filter of `jobs.list` knows."""
    match path:
        case ("labels", key):
            return job.labels.get(key)
        case _:
            return _JOB_FIELDS[".".join(path)](job)

"""The tasks of Batch v1 jobs: get and list."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localcloud.api.handlers import answer
from localcloud.jobs.job import Job, JobName, Task
from localcloud.jobs.spec import GROUP, Api
from localcloud.jobs.store import JobStore
from localcloud.wire import batch_reply as wire
from localcloud.wire.batch_request import DOCUMENT
from localcloud.wire.discovery import check_query
from localcloud.wire.errors import not_found
from localcloud.wire.filters import Value, matches, parse_filter
from localcloud.wire.listing import page, page_size, page_start

DEFAULT_PAGE = 100
PAGE_LIMIT = 1000

_PARAMETERS = {"filter": "", "pageSize": "", "pageToken": ""}


class BatchTasks:
    """The handlers over a store."""

    def __init__(self, store: JobStore) -> None:
        self._store = store

    def routes(self, job: str) -> list[Route]:
        """The methods, below the path of a job."""
        tasks = f"{job}/taskGroups/{{group}}/tasks"
        return [
            Route(tasks, self.list, methods=["GET"], name="batch.tasks.list"),
            Route(f"{tasks}/{{task}}", self.get, methods=["GET"], name="batch.tasks.get"),
        ]

    async def list(self, request: Request) -> Response:
        """`projects.locations.jobs.taskGroups.tasks.list`, by index."""
        query = check_query(DOCUMENT, _PARAMETERS, request.query_params)
        job = self._group(request)
        expression = parse_filter(query.get("filter", ""))
        first = page_start(query, -1) + 1
        tasks, token = page(
            (job.tasks[index] for index in range(first, len(job.tasks))),
            wanted=lambda task: matches(expression, lambda path: _task_field(job, task, path)),
            size=page_size(query, DEFAULT_PAGE, PAGE_LIMIT),
            position=lambda task: task.index,
            render=lambda task: wire.task_message(job, task),
        )
        next_page = {"nextPageToken": token} if token else {}
        return answer(request, DOCUMENT, "ListTasksResponse", {"tasks": tasks, **next_page})

    async def get(self, request: Request) -> Response:
        """`projects.locations.jobs.taskGroups.tasks.get`."""
        check_query(DOCUMENT, {}, request.query_params)
        job = self._group(request)
        text = request.path_params["task"]
        if not (text.isdecimal() and int(text) < len(job.tasks)):
            raise not_found(f"{wire.job_name(job.name)}/taskGroups/{GROUP}/tasks/{text}")
        return answer(request, DOCUMENT, "Task", wire.task_message(job, job.tasks[int(text)]))

    def _group(self, request: Request) -> Job:
        path = request.path_params
        name = JobName(path["project"], path["location"], path["id"])
        job = self._store.get(Api.BATCH, name)
        if job is None:
            raise not_found(wire.job_name(name))
        if path["group"] != GROUP:
            raise not_found(f"{wire.job_name(name)}/taskGroups/{path['group']}")
        return job


def _task_field(job: Job, task: Task, path: tuple[str, ...]) -> Value:
    """The fields of a Task that the filter of `tasks.list` knows."""
    match path:
        case ("status", "state") | ("state" | "State",):
            return task.state.name
        case ("name",):
            return wire.task_name(job.name, task.index)
        case _:
            raise KeyError(path)

"""The long-running operations of Batch v1: cancelling and deleting jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localcloud.api.handlers import json_body, reply
from localcloud.jobs.archive import Shelf
from localcloud.jobs.job import JobName
from localcloud.wire.discovery import check_query, normalize
from localcloud.wire.errors import ApiError, Code, not_found
from localcloud.wire.filters import Value, matches, parse_filter
from localcloud.wire.listing import page, page_size, page_start
from localcloud.wire.times import format_timestamp

_DOCUMENT = "batch.v1"
_TYPES = "type.googleapis.com/google.cloud.batch.v1"
_EMPTY = "type.googleapis.com/google.protobuf.Empty"
_DEFAULT_PAGE = 100
_PAGE_LIMIT = 1000


@dataclass(slots=True)
class _Operation:
    place: tuple[str, str]
    name: str
    sequence: int
    target: str
    verb: str
    response: str
    created: datetime
    ended: datetime | None = None


class BatchOperations:
    """Keeps the operations and answers for them.

    Those that a restart finds open are done: the jobs they were about have ended by it.
    """

    def __init__(
        self, now: Callable[[], datetime], new_hex: Callable[[], str], shelf: Shelf
    ) -> None:
        self._now = now
        self._new_hex = new_hex
        self._shelf = shelf
        self._operations = shelf.records(_Operation)
        self._sequence = count(1 + max((o.sequence for o in self._operations.values()), default=0))
        for name, operation in self._operations.items():
            if operation.ended is None:
                self.finish(name)

    def begin(self, job: JobName, target: str, verb: str, response: str) -> str:
        """Open an operation on a job; answers its resource name.

        `response` is the message type of a success, empty for google.protobuf.Empty.
        """
        place = f"projects/{job.project}/locations/{job.location}"
        name = f"{place}/operations/operation-{self._new_hex()[:20]}"
        self._operations[name] = _Operation(
            place=(job.project, job.location),
            name=name,
            sequence=next(self._sequence),
            target=target,
            verb=verb,
            response=f"{_TYPES}.{response}" if response else _EMPTY,
            created=self._now(),
        )
        self._shelf.keep(name, self._operations[name])
        return name

    def finish(self, name: str) -> None:
        """Close an operation with success."""
        self._operations[name].ended = self._now()
        self._shelf.keep(name, self._operations[name])

    def message(self, name: str) -> dict[str, Any]:
        """The Operation resource."""
        operation = self._operations[name]
        metadata = {
            "@type": f"{_TYPES}.OperationMetadata",
            "createTime": format_timestamp(operation.created),
            "target": operation.target,
            "verb": operation.verb,
            "requestedCancellation": False,
            "apiVersion": "v1",
        }
        if operation.ended is None:
            return {"name": name, "metadata": metadata, "done": False}
        metadata["endTime"] = format_timestamp(operation.ended)
        response = {"@type": operation.response}
        return {"name": name, "metadata": metadata, "done": True, "response": response}

    def routes(self, place: str) -> list[Route]:
        """The methods on operations."""
        return [
            Route(f"{place}/operations", self.list, methods=["GET"], name="batch.operations.list"),
            Route(
                f"{place}/operations/{{id}}:cancel",
                self.cancel,
                methods=["POST"],
                name="batch.operations.cancel",
            ),
            Route(
                f"{place}/operations/{{id}}", self.get, methods=["GET"], name="batch.operations.get"
            ),
            Route(
                f"{place}/operations/{{id}}",
                self.delete,
                methods=["DELETE"],
                name="batch.operations.delete",
            ),
        ]

    async def get(self, request: Request) -> Response:
        """`projects.locations.operations.get`."""
        check_query(_DOCUMENT, {}, request.query_params)
        return reply(self.message(self._find(request)))

    async def list(self, request: Request) -> Response:
        """`projects.locations.operations.list`, newest first."""
        parameters = {"filter": "", "pageSize": "", "pageToken": "", "returnPartialSuccess": ""}
        query = check_query(_DOCUMENT, parameters, request.query_params)
        expression = parse_filter(query.get("filter", ""))
        place = (request.path_params["project"], request.path_params["location"])
        before = page_start(query)
        operations, token = page(
            reversed(self._operations.values()),
            wanted=lambda each: (
                each.place == place
                and each.sequence < before
                and matches(expression, lambda path: _field(each, path))
            ),
            size=page_size(query, _DEFAULT_PAGE, _PAGE_LIMIT),
            position=lambda each: each.sequence,
            render=lambda each: self.message(each.name),
        )
        next_page = {"nextPageToken": token} if token else {}
        return reply({"operations": operations, **next_page})

    async def cancel(self, request: Request) -> Response:
        """`projects.locations.operations.cancel`: Batch goes on all the same, best effort."""
        normalize(_DOCUMENT, "CancelOperationRequest", await json_body(request))
        self._find(request)
        return reply({})

    async def delete(self, request: Request) -> Response:
        """`projects.locations.operations.delete`: forgets the operation, not what it does."""
        check_query(_DOCUMENT, {}, request.query_params)
        name = self._find(request)
        if self._operations[name].ended is None:
            raise ApiError(Code.FAILED_PRECONDITION, f"Operation {name} is still running.")
        del self._operations[name]
        self._shelf.forget(name)
        return reply({})

    def _find(self, request: Request) -> str:
        path = request.path_params
        name = f"projects/{path['project']}/locations/{path['location']}/operations/{path['id']}"
        if name not in self._operations:
            raise not_found(name)
        return name


_FIELDS: Mapping[str, Callable[[_Operation], Value]] = {
    "name": lambda operation: operation.name,
    "done": lambda operation: operation.ended is not None,
    "metadata.target": lambda operation: operation.target,
    "metadata.verb": lambda operation: operation.verb,
    "metadata.createTime": lambda operation: operation.created,
    "metadata.endTime": lambda operation: operation.ended,
}


def _field(operation: _Operation, path: tuple[str, ...]) -> Value:
    """The fields of an Operation that the filter of `operations.list` knows."""
    return _FIELDS[".".join(path)](operation)

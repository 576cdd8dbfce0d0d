"""Google's error shape: one exception, one code table, one JSON body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Any


class Code(Enum):
    """google.rpc.Code: the number and the HTTP status it travels with."""

    OK = (0, HTTPStatus.OK)
    CANCELLED = (1, 499)
    UNKNOWN = (2, HTTPStatus.INTERNAL_SERVER_ERROR)
    INVALID_ARGUMENT = (3, HTTPStatus.BAD_REQUEST)
    DEADLINE_EXCEEDED = (4, HTTPStatus.GATEWAY_TIMEOUT)
    NOT_FOUND = (5, HTTPStatus.NOT_FOUND)
    ALREADY_EXISTS = (6, HTTPStatus.CONFLICT)
    PERMISSION_DENIED = (7, HTTPStatus.FORBIDDEN)
    RESOURCE_EXHAUSTED = (8, HTTPStatus.TOO_MANY_REQUESTS)
    FAILED_PRECONDITION = (9, HTTPStatus.BAD_REQUEST)
    ABORTED = (10, HTTPStatus.CONFLICT)
    OUT_OF_RANGE = (11, HTTPStatus.BAD_REQUEST)
    UNIMPLEMENTED = (12, HTTPStatus.NOT_IMPLEMENTED)
    INTERNAL = (13, HTTPStatus.INTERNAL_SERVER_ERROR)
    UNAVAILABLE = (14, HTTPStatus.SERVICE_UNAVAILABLE)
    DATA_LOSS = (15, HTTPStatus.INTERNAL_SERVER_ERROR)
    UNAUTHENTICATED = (16, HTTPStatus.UNAUTHORIZED)

    @property
    def number(self) -> int:
        """The code as google.rpc.Status carries it."""
        return int(self.value[0])

    @property
    def http(self) -> int:
        """The HTTP status of a reply with this code."""
        return int(self.value[1])


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One wrong field: its path in the request (snake case, `job.task_groups[0]`) and why."""

    field: str
    description: str


class ApiError(Exception):
    """A request the API refuses, in the words Google would use."""

    def __init__(self, code: Code, message: str, violations: Sequence[FieldViolation] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.violations = tuple(violations)

    def body(self) -> dict[str, Any]:
        """The JSON reply: `{"error": {code, message, status, details}}`."""
        error: dict[str, Any] = {
            "code": self.code.http,
            "message": self.message,
            "status": self.code.name,
        }
        if self.violations:
            error["details"] = [
                {
                    "@type": "type.googleapis.com/google.rpc.BadRequest",
                    "fieldViolations": [
                        {"field": v.field, "description": v.description} for v in self.violations
                    ],
                }
            ]
        return {"error": error}


def invalid(field: str, description: str) -> ApiError:
    """INVALID_ARGUMENT for one field."""
    message = f"Invalid value at '{field}': {description}" if field else description
    return ApiError(Code.INVALID_ARGUMENT, message, [FieldViolation(field, description)])


def not_found(resource: str) -> ApiError:
    """NOT_FOUND for a resource name, such as `projects/p/locations/l/jobs/j`."""
    return ApiError(Code.NOT_FOUND, f'Resource "{resource}" was not found')


def unimplemented(field: str, what: str) -> ApiError:
    """UNIMPLEMENTED: valid on Google Cloud, not played here."""
    description = f"the local cloud does not play {what}"
    return ApiError(
        Code.UNIMPLEMENTED, f"{field}: {description}.", [FieldViolation(field, description)]
    )

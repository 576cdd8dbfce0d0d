"""What Life Sciences v2beta says of an operation, in our words: exhaustive tables, pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from headrace.errors import UnknownStateError
from headrace.services.protocol import (
    JOB_LABEL,
    Failure,
    FailureKind,
    JobReport,
    JobState,
    Moments,
)

# google.rpc.Code: cancelled 1, deadline 4; an action's own failure arrives as 9; losses of the
# machine as 8, 10 and 14 (Google's advice to retry these: nextflow-io/nextflow#1912).
_FAILURE_KINDS = {
    1: FailureKind.CANCELLED,
    2: FailureKind.USER,
    3: FailureKind.USER,
    4: FailureKind.TIMEOUT,
    5: FailureKind.USER,
    6: FailureKind.USER,
    7: FailureKind.USER,
    8: FailureKind.INFRASTRUCTURE,
    9: FailureKind.USER,
    10: FailureKind.INFRASTRUCTURE,
    11: FailureKind.USER,
    12: FailureKind.USER,
    13: FailureKind.INFRASTRUCTURE,
    14: FailureKind.INFRASTRUCTURE,
    15: FailureKind.USER,
    16: FailureKind.USER,
}


def job_report(operation: Mapping[str, Any]) -> JobReport:
    """Translate an operation."""
    metadata = operation.get("metadata", {})
    events = metadata.get("events", [])  # newest first
    workers = (event["workerAssigned"] for event in events if "workerAssigned" in event)
    assigned: dict[str, str] = next(workers, {})
    return JobReport(
        name=operation["name"],
        job_id=metadata.get("labels", {}).get(JOB_LABEL, ""),
        state=_state(operation, events),
        detail=events[0].get("description", "") if events else "",
        machine=assigned.get("instance", ""),
        zone=assigned.get("zone", ""),
        moments=Moments(
            submitted=_time(metadata.get("createTime")),
            scheduled=_first(events, "workerAssigned"),
            running=_first(events, "pullStarted") or _first(events, "containerStarted"),
            ended=_time(metadata.get("endTime")),
            pull_seconds=_pull_seconds(events),
        ),
    )


def _first(events: Sequence[Mapping[str, Any]], kind: str) -> datetime | None:
    """Return the time of the first event of a kind; events come newest first."""
    times = (event.get("timestamp") for event in reversed(events) if kind in event)
    return _time(next(times, None))


def _pull_seconds(events: Sequence[Mapping[str, Any]]) -> float | None:
    """Add up how long each image was pulled; None if none was, or one's end is not told."""
    begun, ended = _pulls(events, "pullStarted"), _pulls(events, "pullStopped")
    if not begun or begun.keys() != ended.keys():
        return None
    return sum((ended[image] - begin).total_seconds() for image, begin in begun.items())


def _pulls(events: Sequence[Mapping[str, Any]], kind: str) -> dict[str, datetime]:
    """Return the time of each image's event of this kind."""
    times = {
        event[kind]["imageUri"]: _time(event["timestamp"]) for event in events if kind in event
    }
    return {image: moment for image, moment in times.items() if moment is not None}


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def failure(operation: Mapping[str, Any]) -> Failure:
    """Say why an operation failed."""
    error = operation.get("error", {})
    code = error.get("code", 0)
    if code not in _FAILURE_KINDS:
        raise UnknownStateError(f"{operation['name']} ended with the unknown error code {code}.")
    events = operation.get("metadata", {}).get("events", [])
    return Failure(_FAILURE_KINDS[code], error.get("message", ""), _exit_code(events))


def _state(operation: Mapping[str, Any], events: list[dict[str, Any]]) -> JobState:
    if not operation.get("done"):
        return _live_state(events)
    if "error" not in operation:
        return JobState.SUCCEEDED
    kind = _FAILURE_KINDS.get(operation["error"].get("code", 0))
    if kind is None:
        return JobState.UNKNOWN
    return JobState.CANCELLED if kind is FailureKind.CANCELLED else JobState.FAILED


def _live_state(events: list[dict[str, Any]]) -> JobState:
    if any("containerStarted" in event for event in events):
        return JobState.RUNNING
    if any("workerAssigned" in event for event in events):
        return JobState.STARTING
    return JobState.QUEUED


def _exit_code(events: list[dict[str, Any]]) -> int | None:
    for event in reversed(events):
        if "unexpectedExitStatus" in event:
            return int(event["unexpectedExitStatus"].get("exitStatus", 0))
    return None

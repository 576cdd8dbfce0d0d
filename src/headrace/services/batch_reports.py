"""What Batch v1 says of a job, in our words: exhaustive tables, pure.

States: discovery document `batch.v1` (revision 20261103). Exit codes: "Troubleshooting: exit codes"
of the Batch documentation.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from headrace.errors import UnknownStateError
from headrace.services.protocol import (
    Failure,
    FailureKind,
    JobReport,
    JobState,
    Moments,
    task_name,
)

STATES = {
    "QUEUED": JobState.QUEUED,
    "SCHEDULED": JobState.STARTING,
    "RUNNING": JobState.RUNNING,
    "SUCCEEDED": JobState.SUCCEEDED,
    "FAILED": JobState.FAILED,
    "CANCELLATION_IN_PROGRESS": JobState.RUNNING,
    "CANCELLED": JobState.CANCELLED,
    "DELETION_IN_PROGRESS": JobState.CANCELLED,
}

TASK_STATES = {
    "PENDING": JobState.QUEUED,
    "ASSIGNED": JobState.STARTING,
    "RUNNING": JobState.RUNNING,
    "SUCCEEDED": JobState.SUCCEEDED,
    "FAILED": JobState.FAILED,
    "UNEXECUTED": JobState.CANCELLED,
}

# All below 256 are the action's own.
_RESERVED_CODES = {
    50000: FailureKind.USER,  # failed otherwise, the text says how
    50001: FailureKind.INFRASTRUCTURE,  # VM preemption
    50002: FailureKind.INFRASTRUCTURE,  # VM reporting timeout
    50003: FailureKind.INFRASTRUCTURE,  # VM rebooted during execution
    50004: FailureKind.TIMEOUT,  # VM and task unresponsive
    50005: FailureKind.TIMEOUT,  # over the maximum run time
    50006: FailureKind.INFRASTRUCTURE,  # VM recreated during execution
}
_FIRST_RESERVED_CODE = 50000
NO_ROOM = "ZONE_RESOURCE_POOL_EXHAUSTED"
"""Part of Compute Engine's code for a zone without such machines: another zone may have some."""

NO_QUOTA = "CODE_GCE_QUOTA_EXCEEDED"
"""Code of an event that says what a SCHEDULED job waits for."""

_MOVE = re.compile(r"is (?:set|updated) from [A-Z_]+ to (?P<state>[A-Z_]+)")
"""How events word a change of state: only those of tasks name the new one in a field as well."""

_INSTANCE = re.compile(r"zones/(?P<zone>[a-z0-9-]+)/instances/(?P<instance>[a-z0-9-]+)")


def job_report(job: Mapping[str, Any]) -> JobReport:
    """Translate a job."""
    status = job.get("status", {})
    events = status.get("statusEvents", [])
    zone, machine = _place(events)
    return JobReport(
        name=job["name"],
        job_id=job["name"].rpartition("/")[2],
        state=STATES.get(status.get("state", ""), JobState.UNKNOWN),
        detail=events[-1].get("description", "") if events else "",
        machine=machine,
        zone=zone,
        moments=_moments(job),
        tasks=sum(int(group.get("taskCount", 1)) for group in job.get("taskGroups", [])) or 1,
        counts=_counts(status),
    )


def task_report(task: Mapping[str, Any]) -> JobReport:
    """Translate a task, by its name `JOB/taskGroups/GROUP/tasks/INDEX`."""
    job, _, place = task["name"].partition("/taskGroups/")
    index = int(place.rpartition("/")[2])
    status = task.get("status", {})
    events = status.get("statusEvents", [])
    moved = _moves(events)
    ends = [moved[name] for name, state in TASK_STATES.items() if state.ended and name in moved]
    zone, machine = _place(events)
    return JobReport(
        name=task_name(job, index),
        job_id=task_name(job.rpartition("/")[2], index),
        state=TASK_STATES.get(status.get("state", ""), JobState.UNKNOWN),
        detail=events[-1].get("description", "") if events else "",
        machine=machine,
        zone=zone,
        moments=Moments(
            scheduled=moved.get("ASSIGNED"),
            running=moved.get("RUNNING"),
            ended=max(ends, default=None),
        ),
    )


def _counts(status: Mapping[str, Any]) -> dict[str, int]:
    groups = status.get("taskGroups", {}).values()
    return {
        state: int(count) for group in groups for state, count in group.get("counts", {}).items()
    }


def _moments(job: Mapping[str, Any]) -> Moments:
    """Return when the job changed, from its times and the words of its events."""
    events = job.get("status", {}).get("statusEvents", [])
    moved = _moves(events)
    ends = [moved[name] for name, state in STATES.items() if state.ended and name in moved]
    return Moments(
        submitted=_time(job.get("createTime")),
        scheduled=moved.get("SCHEDULED"),
        running=moved.get("RUNNING"),
        ended=min(ends, default=None),
        waited=any(
            code in event.get("description", "") for event in events for code in (NO_QUOTA, NO_ROOM)
        ),
    )


def _moves(events: Sequence[Mapping[str, Any]]) -> dict[str, datetime]:
    """Return when each state was reached last."""
    moved = {}
    for event in events:
        match = _MOVE.search(event.get("description", ""))
        moment = _time(event.get("eventTime"))
        if match and moment is not None:
            moved[match["state"]] = moment
    return moved


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def failure(job: Mapping[str, Any], tasks: list[dict[str, Any]]) -> Failure:
    """Say why a job failed. The list of tasks may be empty: some jobs end before any began."""
    status = job.get("status", {})
    state = job_report(job).state
    if state is JobState.UNKNOWN:
        raise UnknownStateError(f"{job['name']} is in the unknown state '{status.get('state')}'.")
    if state is JobState.CANCELLED:
        return Failure(FailureKind.CANCELLED, "The job was cancelled.")
    task_events = [
        event for task in tasks for event in task.get("status", {}).get("statusEvents", [])
    ]
    events = task_events or status.get("statusEvents", [])
    message = events[-1].get("description", "") if events else "The job failed before it started."
    code = _last_exit_code(events)
    if code is None:
        no_room = NO_ROOM in message
        return Failure(FailureKind.INFRASTRUCTURE if no_room else FailureKind.USER, message)
    if code < _FIRST_RESERVED_CODE:
        return Failure(FailureKind.USER, message, code)
    if code not in _RESERVED_CODES:
        raise UnknownStateError(f"{job['name']} ended with the unknown exit code {code}.")
    return Failure(_RESERVED_CODES[code], message)


def _last_exit_code(events: list[dict[str, Any]]) -> int | None:
    codes = [
        event["taskExecution"]["exitCode"]
        for event in events
        if "exitCode" in event.get("taskExecution", {})
    ]
    return int(codes[-1]) if codes else None


def _place(events: list[dict[str, Any]]) -> tuple[str, str]:
    """Return zone and name of the last machine that the events name, or empty texts."""
    for event in reversed(events):
        match = _INSTANCE.search(event.get("description", ""))
        if match:
            return match["zone"], match["instance"]
    return "", ""

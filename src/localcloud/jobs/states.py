"""How jobs and tasks may change: the two state machines, pure.

    job   QUEUED -> SCHEDULED -> RUNNING -> SUCCEEDED | FAILED
          any of the first three -> CANCELLATION_IN_PROGRESS -> CANCELLED
          any -> DELETION_IN_PROGRESS
    task  PENDING -> ASSIGNED -> RUNNING -> SUCCEEDED | FAILED, FAILED -> PENDING when retried,
          PENDING -> UNEXECUTED when the job ends before its turn

A Life Sciences operation is a job of one task.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class JobState(Enum):
    """Where a job is; the names are Batch's."""

    QUEUED = "QUEUED"
    SCHEDULED = "SCHEDULED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLATION_IN_PROGRESS = "CANCELLATION_IN_PROGRESS"
    CANCELLED = "CANCELLED"
    DELETION_IN_PROGRESS = "DELETION_IN_PROGRESS"

    @property
    def is_final(self) -> bool:
        """Whether a job in this state has ended."""
        return self in _FINAL_JOB_STATES


class TaskState(Enum):
    """Where a task is; the names are Batch's."""

    PENDING = "PENDING"
    ASSIGNED = "ASSIGNED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    UNEXECUTED = "UNEXECUTED"

    @property
    def is_final(self) -> bool:
        """Whether a task in this state has ended, unless it is tried again."""
        return self in _FINAL_TASK_STATES


_FINAL_TASK_STATES = frozenset({TaskState.SUCCEEDED, TaskState.FAILED, TaskState.UNEXECUTED})

_FINAL_JOB_STATES = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})

_LIVE_JOB_STATES = frozenset({JobState.QUEUED, JobState.SCHEDULED, JobState.RUNNING})

_JOB_MOVES: Mapping[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.SCHEDULED, JobState.FAILED}),
    JobState.SCHEDULED: frozenset({JobState.RUNNING, JobState.FAILED}),
    JobState.RUNNING: frozenset({JobState.SUCCEEDED, JobState.FAILED}),
    JobState.CANCELLATION_IN_PROGRESS: frozenset({JobState.CANCELLED}),
    JobState.SUCCEEDED: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
    JobState.DELETION_IN_PROGRESS: frozenset(),
}

_TASK_MOVES: Mapping[TaskState, frozenset[TaskState]] = {
    TaskState.PENDING: frozenset({TaskState.ASSIGNED, TaskState.FAILED, TaskState.UNEXECUTED}),
    TaskState.ASSIGNED: frozenset({TaskState.RUNNING, TaskState.FAILED}),
    TaskState.RUNNING: frozenset({TaskState.SUCCEEDED, TaskState.FAILED}),
    TaskState.FAILED: frozenset({TaskState.PENDING}),
    TaskState.SUCCEEDED: frozenset(),
    TaskState.UNEXECUTED: frozenset(),
}


class IllegalMoveError(RuntimeError):
    """A change that the state machine does not know: a bug, never a user's mistake."""


def check_job_move(old: JobState, new: JobState) -> None:
    """Raise IllegalMoveError unless a job may go from `old` to `new`."""
    if new is JobState.DELETION_IN_PROGRESS and old is not new:
        return
    if new is JobState.CANCELLATION_IN_PROGRESS and old in _LIVE_JOB_STATES:
        return
    if new not in _JOB_MOVES[old]:
        raise IllegalMoveError(f"a job cannot go from {old.name} to {new.name}")


def check_task_move(old: TaskState, new: TaskState) -> None:
    """Raise IllegalMoveError unless a task may go from `old` to `new`."""
    if new not in _TASK_MOVES[old]:
        raise IllegalMoveError(f"a task cannot go from {old.name} to {new.name}")


def final_job_state(counts: Mapping[TaskState, int]) -> JobState:
    """How a job ends whose tasks have all ended: one failed task fails it."""
    return JobState.FAILED if counts.get(TaskState.FAILED) else JobState.SUCCEEDED

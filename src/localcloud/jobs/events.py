"""What happens to a job, as typed records; each API words them in its own way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from localcloud.jobs.states import JobState, TaskState


class Loss(Enum):
    """Why a task ended otherwise than by its own exit; the value is Batch's exit code."""

    PREEMPTED = 50001
    REPORTING_TIMEOUT = 50002
    REBOOTED = 50003
    UNRESPONSIVE = 50004
    TIMED_OUT = 50005
    RECREATED = 50006
    UNKNOWN = 50000


@dataclass(frozen=True, slots=True)
class Worker:
    """A machine as events name it."""

    instance: str
    instance_id: str
    zone: str
    machine_type: str


@dataclass(frozen=True, slots=True)
class JobMoved:
    """The job changed its state; `detail` says why a failure happened, when there is more to it."""

    old: JobState
    new: JobState
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TaskMoved:
    """A task changed its state on a worker; `loss` when not by its own exit code."""

    index: int
    old: TaskState
    new: TaskState
    worker: Worker | None = None
    exit_code: int | None = None
    loss: Loss | None = None


@dataclass(frozen=True, slots=True)
class CustomEvent:
    """Task `index` told of itself."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class Delayed:
    """The job waits for room in a quota."""

    cause: str
    metrics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WorkerAssigned:
    """A machine stands ready for the job."""

    worker: Worker


@dataclass(frozen=True, slots=True)
class WorkerReleased:
    """The machine is gone."""

    worker: Worker


@dataclass(frozen=True, slots=True)
class PullStarted:
    """An image begins to be fetched."""

    image: str


@dataclass(frozen=True, slots=True)
class PullStopped:
    """An image is there."""

    image: str


@dataclass(frozen=True, slots=True)
class StepStarted:
    """Step `index` (from 0) runs."""

    index: int


@dataclass(frozen=True, slots=True)
class StepStopped:
    """Step `index` ended; `stderr` is the tail of what it said."""

    index: int
    exit_code: int
    stderr: str


@dataclass(frozen=True, slots=True)
class StepKilled:
    """Step `index` was ended by us: by its time limit or with its machine."""

    index: int


@dataclass(frozen=True, slots=True)
class UnexpectedExit:
    """Step `index` failed and nothing said to ignore it."""

    index: int
    exit_code: int


@dataclass(frozen=True, slots=True)
class ExecutionFailed:
    """The job's only task has failed for good; its machine is about to go."""


Happening = (
    JobMoved
    | TaskMoved
    | CustomEvent
    | Delayed
    | WorkerAssigned
    | WorkerReleased
    | PullStarted
    | PullStopped
    | StepStarted
    | StepStopped
    | StepKilled
    | UnexpectedExit
    | ExecutionFailed
)


@dataclass(frozen=True, slots=True)
class Event:
    """One happening and its time (aware, UTC)."""

    at: datetime
    what: Happening

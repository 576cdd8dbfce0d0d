"""What the rest of Headrace may ask of a job service, and the answers it gets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol

from headrace.pipeline import Pipeline

JOB_LABEL = "headrace-job"
"""Label that carries the job id on services without client-chosen names."""

RUN_LABEL = "headrace-run"
"""Label that all jobs of one run share; what is polled is the list of this label."""


TASK_MARK = "#"
"""Divides the name of an array from the number of one of its tasks."""


def task_name(job: str, index: int) -> str:
    """Return what we call a task of an array: `JOB#INDEX`."""
    return f"{job}{TASK_MARK}{index}"


def job_of(name: str) -> str:
    """Return the job that a task belongs to; a job that is no task belongs to itself."""
    return name.partition(TASK_MARK)[0]


def is_task(name: str) -> bool:
    """Tell whether a name is that of a task of an array."""
    return TASK_MARK in name


def index_of(name: str) -> int:
    """Return the number of a task of an array."""
    return int(name.partition(TASK_MARK)[2])


class ServiceName(Enum):
    """The APIs a job can be sent to."""

    LIFESCIENCES = "lifesciences"
    BATCH = "batch"


class JobState(Enum):
    """Where a job stands, whatever the service calls it."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    """The service said something our tables do not know: an error, never "still running"."""

    @property
    def ended(self) -> bool:
        """Whether the state is final, as far as we can tell."""
        return self not in {JobState.QUEUED, JobState.STARTING, JobState.RUNNING}


class FailureKind(Enum):
    """Whose failure it was: what may be tried again depends on it."""

    USER = "user"
    INFRASTRUCTURE = "infrastructure"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Failure:
    """Why a job did not succeed; `exit_code` is the action's own, where the service tells it."""

    kind: FailureKind
    message: str
    exit_code: int | None = None


@dataclass(frozen=True)
class Moments:
    """When a job was accepted, got a machine, began its first action and ended, where known.

    `ordered` is when its machine was asked for, where that is not `scheduled`: it is not for tasks
    of an array. `waited` is whether it waited for quota, or for a zone with room, after it got as
    far as being scheduled; `pull_seconds` is how long images were pulled, where the service tells.
    """

    submitted: datetime | None = None
    scheduled: datetime | None = None
    running: datetime | None = None
    ended: datetime | None = None
    ordered: datetime | None = None
    waited: bool = False
    pull_seconds: float | None = None


@dataclass(frozen=True)
class JobReport:
    """A job, or a task of an array, as the service sees it now.

    Attributes:
        name: the service's own, for a task see `task_name`.
        job_id: ours, for a task as well.
        state: where it stands.
        detail: the last thing the service said of it.
        machine: of the machine it got last, empty before.
        zone: of that machine.
        moments: when what happened.
        tasks: how many it has.
        counts: of its tasks, by the service's words for their states; empty where it does not say.
    """

    name: str
    job_id: str
    state: JobState
    detail: str = ""
    machine: str = ""
    zone: str = ""
    moments: Moments = Moments()
    tasks: int = 1
    counts: Mapping[str, int] = field(default_factory=dict)


class JobService(Protocol):
    """A place that runs Pipelines. All methods raise `headrace.errors.ServiceError`s."""

    max_tasks: int
    """The most tasks that one job may have: 1 where there are no arrays."""

    def submit(self, job_id: str, pipeline: Pipeline) -> str:
        """Start a job and return its name; `AlreadyExistsError` if the id is taken."""

    def find(self, job_id: str, labels: Mapping[str, str]) -> JobReport:
        """Return the job of this id and these labels, or raise `NotFoundError`."""

    def list_jobs(self, labels: Mapping[str, str]) -> Iterator[JobReport]:
        """Yield the jobs that carry all these labels, one request per page."""

    def list_tasks(self, name: str) -> Iterator[JobReport]:
        """Yield the tasks of a job, one request per page."""

    def explain(self, name: str) -> Failure:
        """Return why a job or a task failed; `UnknownStateError` if its state is no table's."""

    def cancel(self, name: str) -> None:
        """Ask the job to stop, all of it; one that has ended already is left as it is."""

    def close(self) -> None:
        """Close the calling thread's connection; the next call opens a new one."""

"""One job's record: what was asked, where it is, what happened. Changed only through its moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from localcloud.jobs.events import (
    CustomEvent,
    Delayed,
    Event,
    Happening,
    JobMoved,
    Loss,
    TaskMoved,
    Worker,
    WorkerAssigned,
)
from localcloud.jobs.spec import Api, JobSpec
from localcloud.jobs.states import (
    JobState,
    TaskState,
    check_job_move,
    check_task_move,
    final_job_state,
)


class Ending(Enum):
    """Why a job ended before its tasks did; None of these when they ended by themselves."""

    CANCELLED = "cancelled"
    DELETED = "deleted"
    DEADLINE = "deadline"
    REFUSED = "refused"
    SHUTDOWN = "shutdown"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class JobName:
    """The place and the id of a job: unique for each API."""

    project: str
    location: str
    id: str


@dataclass(slots=True)
class Task:
    """One task of a job: its state, the retries it has used, its events."""

    index: int
    state: TaskState = TaskState.PENDING
    retries: int = 0
    worker: Worker | None = None
    exit_code: int | None = None
    loss: Loss | None = None
    failed_step: int | None = None
    events: tuple[Event, ...] = ()


Listener = Callable[["Job", Event], None]


@dataclass(slots=True)
class Job:
    """A job of either API.

    Attributes:
        uid: unique over time, even when an id is used again; names its log folder.
        request: the accepted request, canonical, as replies repeat it.
        sequence: its place in the order of creation, for lists.
        ending, detail: why it ended early, if it did.
        version: grows with every event of the job and of its tasks.
        listener: told of every event of the job and of its tasks.
    """

    name: JobName
    uid: str
    sequence: int
    spec: JobSpec
    request: Mapping[str, Any]
    labels: Mapping[str, str]
    created: datetime
    state: JobState = JobState.QUEUED
    started: datetime | None = None
    running: datetime | None = None
    ended: datetime | None = None
    updated: datetime | None = None
    ending: Ending | None = None
    detail: str = ""
    events: list[Event] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    counts: Counter[TaskState] = field(default_factory=Counter)
    version: int = 0
    listener: Listener = lambda _job, _event: None

    def __post_init__(self) -> None:
        self.tasks = [Task(index) for index in range(self.spec.task_count)]
        self.counts = Counter({TaskState.PENDING: len(self.tasks)})
        self.updated = self.created

    @property
    def api(self) -> Api:
        """The API it came by."""
        return self.spec.api

    def record(self, at: datetime, what: Happening) -> None:
        """Note a happening."""
        if isinstance(what, WorkerAssigned) and self.started is None:
            self.started = at
        self.events.append(self._tell(Event(at, what)))

    def record_of_task(self, at: datetime, index: int, what: TaskMoved | CustomEvent) -> None:
        """Note a happening of a task."""
        self.tasks[index].events += (self._tell(Event(at, what)),)

    def _tell(self, event: Event) -> Event:
        self.updated = event.at
        self.version += 1
        self.listener(self, event)
        return event

    def delay(self, at: datetime, cause: str, metric: str) -> None:
        """Note, once, that the job waits for a quota."""
        if not any(isinstance(event.what, Delayed) for event in self.events):
            self.record(at, Delayed(cause, (metric,)))

    def move(self, at: datetime, new: JobState, detail: str = "") -> None:
        """Change the job's state; IllegalMoveError when there is no such way."""
        check_job_move(self.state, new)
        old, self.state = self.state, new
        if new is JobState.RUNNING:
            self.running = at
        if new.is_final:
            self.ended = at
            self.detail = self.detail or detail
        self.record(at, JobMoved(old, new, detail))

    def move_task(
        self,
        at: datetime,
        index: int,
        new: TaskState,
        *,
        worker: Worker | None = None,
        exit_code: int | None = None,
        loss: Loss | None = None,
    ) -> None:
        """Change a task's state; IllegalMoveError when there is no such way."""
        task = self.tasks[index]
        check_task_move(task.state, new)
        moved = TaskMoved(index, task.state, new, worker or task.worker, exit_code, loss)
        self.counts[task.state] -= 1
        self.counts[new] += 1
        task.state, task.exit_code, task.loss = new, exit_code, loss
        task.worker = worker or task.worker
        if new is TaskState.PENDING:
            task.retries += 1
        self.record_of_task(at, index, moved)

    def skip_pending(self, at: datetime) -> None:
        """Mark every task that never ran as UNEXECUTED."""
        for task in self.tasks:
            if task.state is TaskState.PENDING:
                self.move_task(at, task.index, TaskState.UNEXECUTED)

    def first_failed_task(self) -> Task | None:
        """The failed task of the lowest index, if any failed."""
        return next((task for task in self.tasks if task.state is TaskState.FAILED), None)

    def outcome(self) -> JobState:
        """The final state that the tasks' states call for."""
        return final_job_state(self.counts)

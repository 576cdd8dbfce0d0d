"""The tasks of a job: who is next, and what becomes of them. No waiting, no machines."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime

from localcloud.engine.task_run import StepFailure
from localcloud.jobs.events import ExecutionFailed, Loss, Worker
from localcloud.jobs.job import Ending, Job, Task
from localcloud.jobs.spec import Api
from localcloud.jobs.states import JobState, TaskState


class TaskQueue:
    """Hands out the pending tasks of a job and notes how they end."""

    def __init__(self, job: Job, now: Callable[[], datetime]) -> None:
        self._job = job
        self._now = now
        self._pending = deque(range(job.spec.task_count))

    def __bool__(self) -> bool:
        """Whether a task is pending."""
        return bool(self._pending)

    def begin(self, worker: Worker) -> Task:
        """Take the next pending task; it runs on `worker` from now on."""
        task = self._job.tasks[self._pending.popleft()]
        self._job.move_task(self._now(), task.index, TaskState.ASSIGNED, worker=worker)
        self._job.move_task(self._now(), task.index, TaskState.RUNNING)
        if self._job.state is JobState.SCHEDULED:
            self._job.move(self._now(), JobState.RUNNING)
        return task

    def end(self, task: Task, failure: StepFailure | None) -> None:
        """Note how an attempt ended; None for success."""
        if failure is None:
            self._job.move_task(self._now(), task.index, TaskState.SUCCEEDED)
        else:
            self._fail(task, failure)

    def lose(self, worker: Worker, loss: Loss) -> list[Task]:
        """End what ran on a lost machine; if nothing had run on it yet, the next task fails.

        Answers the tasks that have ended for good by it.
        """
        mine = [task for task in self._job.tasks if task.worker is worker]
        live = [task for task in mine if not task.state.is_final]
        if not mine and self._pending:
            live = [self._job.tasks[self._pending.popleft()]]
        for task in live:
            self._fail(task, StepFailure(None, loss.value, loss), worker)
        return [task for task in live if task.state.is_final]

    def _fail(self, task: Task, failure: StepFailure, worker: Worker | None = None) -> None:
        """Note a failed attempt; the task is pending again if its rule allows."""
        task.failed_step = failure.step
        self._job.move_task(
            self._now(),
            task.index,
            TaskState.FAILED,
            worker=worker,
            exit_code=failure.exit_code,
            loss=failure.loss,
        )
        if self._job.spec.retry.allows(task.retries, failure.exit_code):
            self._job.move_task(self._now(), task.index, TaskState.PENDING)
            self._pending.append(task.index)
        elif self._job.spec.api is Api.LIFE_SCIENCES:
            self._job.record(self._now(), ExecutionFailed())

    def settle(self) -> None:
        """Bring the job and what is left of its tasks to their final states.

        At a shutdown all stays as it is; the next start brings it to an end.
        """
        job, now = self._job, self._now
        if job.ending is Ending.SHUTDOWN:
            return
        for task in job.tasks:
            if task.state in {TaskState.ASSIGNED, TaskState.RUNNING}:
                job.move_task(now(), task.index, TaskState.FAILED)
        job.skip_pending(now())
        if job.state is JobState.DELETION_IN_PROGRESS:
            job.ended = now()
            return
        match job.ending:
            case None:
                job.move(now(), job.outcome())
            case Ending.CANCELLED:
                job.move(now(), JobState.CANCELLED)
            case Ending.DEADLINE | Ending.REFUSED | Ending.LOST:
                job.move(now(), JobState.FAILED, job.detail)
            case Ending.DELETED:
                job.ended = now()

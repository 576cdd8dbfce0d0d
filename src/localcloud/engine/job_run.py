"""The life of one job: wait for quota, boot machines, run tasks on them, settle the outcome."""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from localcloud.engine.quota import Quota
from localcloud.engine.task_run import StepFailure, TaskRun
from localcloud.jobs.events import (
    ExecutionFailed,
    Happening,
    Worker,
    WorkerAssigned,
    WorkerReleased,
)
from localcloud.jobs.job import Ending, Job, Task
from localcloud.jobs.machine_types import parse_machine_type
from localcloud.jobs.spec import Api
from localcloud.jobs.states import JobState, TaskState
from localcloud.runtime.base import RunningVm, Runtime

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every job's run needs: time, names, room, machines, a place for logs."""

    now: Callable[[], datetime]
    new_hex: Callable[[], str]
    quota: Quota
    runtime: Runtime
    logs: Path


class JobRun:
    """Runs one job to its end. `stop` ends it early."""

    def __init__(self, job: Job, around: Surroundings) -> None:
        self._job = job
        self._spec = job.spec
        self._around = around
        self._pending = deque(range(job.spec.task_count))
        self._running: asyncio.Task[None] | None = None
        self._begun = False

    def start(self) -> asyncio.Task[None]:
        """Begin; the task ends when the job has."""
        self._running = asyncio.create_task(self._run())
        return self._running

    def stop(self, ending: Ending) -> None:
        """End the job early; the first reason counts."""
        if self._job.ending is None:
            self._job.ending = ending
            if self._begun and self._running is not None:
                self._running.cancel()

    async def _run(self) -> None:
        self._begun = True
        if self._job.ending is None:
            await self._run_until_ended()
        self._settle()

    async def _run_until_ended(self) -> None:
        try:
            async with asyncio.timeout(self._spec.total_timeout) as limit:
                await self._run_tasks()
        except TimeoutError:
            if not limit.expired():
                raise
            self._job.ending = self._job.ending or Ending.DEADLINE
        except asyncio.CancelledError:
            if self._job.ending is None:
                raise
        except Exception:  # a bug of ours must end this job, not the local cloud
            log.exception("job %s failed inside the local cloud", self._job.name.id)
            self._job.ending = Ending.REFUSED
            self._job.detail = "internal error of the local cloud; see its log"

    async def _run_tasks(self) -> None:
        machine = self._spec.machine
        capacity = self._around.quota.limit // machine.vcpus
        if capacity == 0:
            await self._wait_for_ever()
            return
        at_once = min(self._spec.parallelism, self._spec.task_count)
        vms = min(capacity, math.ceil(at_once / self._spec.tasks_per_vm))
        async with asyncio.TaskGroup() as group:
            for _ in range(vms):
                group.create_task(self._use_machines())

    async def _wait_for_ever(self) -> None:
        """The machine is larger than the whole quota: Batch waits, Life Sciences fails."""
        machine, limit = self._spec.machine, self._around.quota.limit
        metric = parse_machine_type(machine.machine_type).quota_metric
        cause = (
            f"quota {metric} in {machine.region} exceeded: the limit is {limit},"
            f" {machine.machine_type} needs {machine.vcpus}"
        )
        if self._spec.api is Api.LIFE_SCIENCES:
            self._job.ending, self._job.detail = Ending.REFUSED, cause
            return
        self._job.delay(self._around.now(), cause, metric)
        await asyncio.Event().wait()

    def _waiting(self) -> None:
        machine = self._spec.machine
        metric = parse_machine_type(machine.machine_type).quota_metric
        limit = self._around.quota.limit
        cause = f"waiting for quota {metric} in {machine.region} (limit {limit})"
        self._job.delay(self._around.now(), cause, metric)

    async def _use_machines(self) -> None:
        """Take one machine after another as long as tasks are pending."""
        machine = self._spec.machine
        while self._pending:
            async with self._around.quota.hold(machine.region, machine.vcpus, self._waiting):
                if self._pending:
                    await self._use_machine()

    async def _use_machine(self) -> None:
        now = self._around.now
        if self._job.state is JobState.QUEUED:
            self._job.move(now(), JobState.SCHEDULED)
        worker = self._new_worker()
        vm = await self._around.runtime.boot(
            f"vm-{worker.instance[-12:]}", self._spec, self._around.logs / self._job.uid / "0"
        )
        self._job.record(now(), WorkerAssigned(worker))
        try:
            images: set[str] = set()
            async with asyncio.TaskGroup() as group:
                for _ in range(self._spec.tasks_per_vm):
                    group.create_task(self._work_on(vm, worker, images))
        finally:
            await vm.close()
            self._job.record(now(), WorkerReleased(worker))

    def _new_worker(self) -> Worker:
        token = self._around.new_hex()
        machine = self._spec.machine
        return Worker(
            instance=f"google-pipelines-worker-{token}",
            instance_id=str(10**18 + int(token, 16) % (8 * 10**18)),
            zone=machine.zone,
            machine_type=machine.machine_type,
        )

    async def _work_on(self, vm: RunningVm, worker: Worker, images: set[str]) -> None:
        """Run pending tasks on a machine, one after the other."""
        while self._pending:
            task = self._job.tasks[self._pending.popleft()]
            self._begin(task, worker)
            failure = await self._attempt(task, vm, images).run()
            self._end(task, failure)

    def _attempt(self, task: Task, vm: RunningVm, images: set[str]) -> TaskRun:
        return TaskRun(
            spec=self._spec,
            index=task.index,
            vm=vm,
            logs=self._around.logs / self._job.uid / str(task.index),
            record=self._record if self._spec.api is Api.LIFE_SCIENCES else _ignore,
            images=images,
        )

    def _record(self, what: Happening) -> None:
        self._job.record(self._around.now(), what)

    def _begin(self, task: Task, worker: Worker) -> None:
        now = self._around.now
        self._job.move_task(now(), task.index, TaskState.ASSIGNED, worker=worker)
        self._job.move_task(now(), task.index, TaskState.RUNNING)
        if self._job.state is JobState.SCHEDULED:
            self._job.move(now(), JobState.RUNNING)

    def _end(self, task: Task, failure: StepFailure | None) -> None:
        now = self._around.now
        if failure is None:
            self._job.move_task(now(), task.index, TaskState.SUCCEEDED)
            return
        task.failed_step = failure.step
        self._job.move_task(
            now(), task.index, TaskState.FAILED, exit_code=failure.exit_code, loss=failure.loss
        )
        if self._spec.retry.allows(task.retries, failure.exit_code):
            self._job.move_task(now(), task.index, TaskState.PENDING)
            self._pending.append(task.index)
        elif self._spec.api is Api.LIFE_SCIENCES:
            self._record(ExecutionFailed())

    def _settle(self) -> None:
        """Bring the job and what is left of its tasks to their final states."""
        job, now = self._job, self._around.now
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
            case Ending.DEADLINE | Ending.REFUSED:
                job.move(now(), JobState.FAILED, job.detail)
            case Ending.DELETED | Ending.SHUTDOWN:
                job.ended = now()


def _ignore(_what: Happening) -> None:
    """Batch does not tell what single runnables do."""

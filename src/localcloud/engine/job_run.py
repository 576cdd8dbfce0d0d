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

from localcloud.engine.machine import Machine
from localcloud.engine.quota import Quota
from localcloud.engine.task_run import StepFailure, TaskRun
from localcloud.faults.book import FaultBook
from localcloud.faults.orders import JobFault, JobOrder, Phase
from localcloud.jobs.events import (
    ExecutionFailed,
    Happening,
    Loss,
    Worker,
    WorkerAssigned,
    WorkerReleased,
)
from localcloud.jobs.job import Ending, Job, Task
from localcloud.jobs.machine_types import parse_machine_type
from localcloud.jobs.spec import Api
from localcloud.jobs.spec import Machine as Shape
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
    faults: FaultBook


class JobRun:
    """Runs one job to its end. `stop` ends it early."""

    def __init__(self, job: Job, around: Surroundings) -> None:
        self._job = job
        self._spec = job.spec
        self._around = around
        self._pending = deque(range(job.spec.task_count))
        self._running: asyncio.Task[None] | None = None
        self._begun = False
        self._machines = 0

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
        order = self._around.faults.on_job(self._job.name.id, self._job.labels)
        if order is not None and order.fault is not JobFault.LOSE_MACHINE:
            await self._hold_up(order)
            return
        machine = self._spec.machine
        capacity = self._around.quota.limit // machine.vcpus
        if capacity == 0:
            await self._exceed_quota()
            return
        at_once = min(self._spec.parallelism, self._spec.task_count)
        vms = min(capacity, math.ceil(at_once / self._spec.tasks_per_vm))
        async with asyncio.TaskGroup() as group:
            for _ in range(vms):
                group.create_task(self._use_machines(order))
                order = None

    async def _hold_up(self, order: JobOrder) -> None:
        """A fault that lets no task run: the job fails at once, or waits until it is ended."""
        if order.fault is JobFault.STALL:
            self._job.delay(self._around.now(), order.reason, _metric(self._spec.machine))
            await asyncio.Event().wait()
        self._job.move(self._around.now(), JobState.SCHEDULED)
        self._job.ending, self._job.detail = Ending.REFUSED, order.reason

    async def _exceed_quota(self) -> None:
        """The machine is larger than the whole quota: Batch waits, Life Sciences fails."""
        machine, limit = self._spec.machine, self._around.quota.limit
        metric = _metric(machine)
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
        machine, limit = self._spec.machine, self._around.quota.limit
        metric = _metric(machine)
        cause = f"waiting for quota {metric} in {machine.region} (limit {limit})"
        self._job.delay(self._around.now(), cause, metric)

    async def _use_machines(self, order: JobOrder | None) -> None:
        """Take one machine after another as long as tasks are pending; `order` is the first's."""
        shape, faults = self._spec.machine, self._around.faults
        while self._pending:
            async with self._around.quota.hold(shape.region, shape.vcpus, self._waiting):
                if not self._pending:
                    return
                if order is None and self._machines > 0:
                    order = faults.on_job(self._job.name.id, self._job.labels)
                self._machines += 1
                await self._use_machine(order)
                order = None

    async def _use_machine(self, order: JobOrder | None) -> None:
        """Run tasks on a new machine until none is pending or the machine is lost."""
        if self._job.state is JobState.QUEUED:
            self._job.move(self._around.now(), JobState.SCHEDULED)
        machine = Machine(self._new_worker())
        machine.schedule_loss(order, Phase.BOOTING)
        await machine.live(lambda: self._live_on(machine, order))
        if machine.loss is not None:
            self._lose_tasks(machine, machine.loss)

    async def _live_on(self, machine: Machine, order: JobOrder | None) -> None:
        if order is not None and order.phase is Phase.BOOTING:
            await asyncio.Event().wait()
        worker, logs = machine.worker, self._around.logs / self._job.uid / "0"
        vm = await self._around.runtime.boot(f"vm-{worker.instance[-12:]}", self._spec, logs)
        self._record(WorkerAssigned(worker))
        try:
            machine.schedule_loss(order, Phase.RUNNING)
            async with asyncio.TaskGroup() as group:
                for _ in range(self._spec.tasks_per_vm):
                    group.create_task(self._work_on(vm, machine))
        finally:
            await vm.close()
            self._record(WorkerReleased(worker))

    def _lose_tasks(self, machine: Machine, loss: Loss) -> None:
        """End what ran on a lost machine; if nothing did yet, the task that would have."""
        worker = machine.worker
        live = [
            task for task in self._job.tasks if task.worker is worker and not task.state.is_final
        ]
        if not any(task.worker is worker for task in self._job.tasks):
            live = [self._job.tasks[self._pending.popleft()]]
        for task in live:
            self._fail(task, StepFailure(None, loss.value, loss), worker)

    def _new_worker(self) -> Worker:
        token = self._around.new_hex()
        machine = self._spec.machine
        return Worker(
            instance=f"google-pipelines-worker-{token}",
            instance_id=str(10**18 + int(token, 16) % (8 * 10**18)),
            zone=machine.zone,
            machine_type=machine.machine_type,
        )

    async def _work_on(self, vm: RunningVm, machine: Machine) -> None:
        """Run pending tasks on a machine, one after the other."""
        while self._pending:
            task = self._job.tasks[self._pending.popleft()]
            self._begin(task, machine.worker)
            failure = await self._attempt(task, vm, machine).run()
            if failure is None:
                self._job.move_task(self._around.now(), task.index, TaskState.SUCCEEDED)
            else:
                self._fail(task, failure)

    def _attempt(self, task: Task, vm: RunningVm, machine: Machine) -> TaskRun:
        return TaskRun(
            spec=self._spec,
            index=task.index,
            vm=vm,
            logs=self._around.logs / self._job.uid / str(task.index),
            record=self._record if self._spec.api is Api.LIFE_SCIENCES else _ignore,
            images=machine.images,
        )

    def _record(self, what: Happening) -> None:
        self._job.record(self._around.now(), what)

    def _begin(self, task: Task, worker: Worker) -> None:
        now = self._around.now
        self._job.move_task(now(), task.index, TaskState.ASSIGNED, worker=worker)
        self._job.move_task(now(), task.index, TaskState.RUNNING)
        if self._job.state is JobState.SCHEDULED:
            self._job.move(now(), JobState.RUNNING)

    def _fail(self, task: Task, failure: StepFailure, worker: Worker | None = None) -> None:
        """Note a failed attempt; the task is tried again if its rule allows."""
        now = self._around.now
        task.failed_step = failure.step
        self._job.move_task(
            now(),
            task.index,
            TaskState.FAILED,
            worker=worker,
            exit_code=failure.exit_code,
            loss=failure.loss,
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


def _metric(machine: Shape) -> str:
    return parse_machine_type(machine.machine_type).quota_metric


def _ignore(_what: Happening) -> None:
    """Batch does not tell what single runnables do."""

"""The life of one job: wait for quota, boot machines, run tasks on them, settle the outcome."""

from __future__ import annotations

import asyncio
import logging
import math
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from localcloud.engine.barriers import Barriers
from localcloud.engine.custom_events import reporting
from localcloud.engine.machine import Machine, new_worker
from localcloud.engine.surroundings import Surroundings
from localcloud.engine.task_queue import TaskQueue
from localcloud.engine.task_run import TaskRun
from localcloud.faults.orders import JobFault, JobOrder, Phase
from localcloud.jobs.bill import VmUse
from localcloud.jobs.events import (
    CustomEvent,
    Happening,
    Loss,
    WorkerAssigned,
    WorkerReleased,
)
from localcloud.jobs.job import Ending, Job, Task
from localcloud.jobs.machine_types import parse_machine_type
from localcloud.jobs.spec import Api
from localcloud.jobs.spec import Machine as Shape
from localcloud.jobs.states import JobState
from localcloud.runtime.base import RunningVm

log = logging.getLogger(__name__)

QUEUE_LIMIT_SECONDS = 2 * 24 * 3600.0
"""A job that is QUEUED for two days fails (https://cloud.google.com/batch/quotas)."""

RUNNING_LIMIT_SECONDS = 14 * 24 * 3600.0
"""A job that is RUNNING for 14 days fails (https://cloud.google.com/batch/quotas)."""

_FAULTS_OF_RUNNING_JOBS = frozenset({JobFault.LOSE_MACHINE, JobFault.LOSE_LOG})


class JobRun:
    """Runs one job to its end. `stop` ends it early."""

    def __init__(self, job: Job, around: Surroundings) -> None:
        self._job = job
        self._spec = job.spec
        self._around = around
        self._tasks = TaskQueue(job, around.clock.now)
        self._running: asyncio.Task[None] | None = None
        self._limit: asyncio.Timeout | None = None
        self._barriers = Barriers(job.spec.task_count)
        self._logs = around.logs / job.uid
        self._begun = False
        self._machines = 0
        self._log_is_lost = False
        self._now = around.clock.now

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
        if self._log_is_lost:
            shutil.rmtree(self._logs, ignore_errors=True)
        self._tasks.settle()

    async def _run_until_ended(self) -> None:
        try:
            async with asyncio.timeout(self._real(self._spec.total_timeout)) as self._limit:
                await self._run_tasks()
        except asyncio.CancelledError:
            if self._job.ending is None:
                raise
        except Exception as error:  # a bug of ours must end this job, not the local cloud
            if isinstance(error, TimeoutError) and self._limit and self._limit.expired():
                self._exceed_time()
                return
            log.exception("job %s failed inside the local cloud", self._job.name.id)
            self._job.ending = Ending.REFUSED
            self._job.detail = "internal error of the local cloud; see its log"

    def _exceed_time(self) -> None:
        """Batch limits how long a job is RUNNING, Life Sciences what the pipeline asks for."""
        self._job.ending = self._job.ending or Ending.DEADLINE
        if self._spec.api is Api.BATCH:
            self._job.detail = "The job was running for over 14 days."

    async def _run_tasks(self) -> None:
        order = self._around.faults.on_job(self._job.name.id, self._job.labels)
        if order is not None and order.fault not in _FAULTS_OF_RUNNING_JOBS:
            await self._hold_up(order)
            return
        machine = self._spec.machine
        capacity = self._around.quota.limits.of(_metric(machine)) // machine.vcpus
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
        match order.fault:
            case JobFault.STALL:
                self._job.delay(self._now(), order.reason, _metric(self._spec.machine))
                await self._around.clock.sleep(QUEUE_LIMIT_SECONDS)
                self._job.detail = "The job was in the queue for over 2 days."
            case JobFault.QUOTA_STALL:
                self._wait_for_quota(order.reason)
                await asyncio.Event().wait()
            case JobFault.ROLE_STALL:
                self._job.move(self._now(), JobState.SCHEDULED)
                await asyncio.Event().wait()
            case _:
                self._job.move(self._now(), JobState.SCHEDULED)
                self._job.detail = order.reason
        self._job.ending = Ending.REFUSED

    async def _exceed_quota(self) -> None:
        """The machine is larger than the whole quota: Batch waits, Life Sciences fails."""
        machine = self._spec.machine
        metric = _metric(machine)
        limit = self._around.quota.limits.of(metric)
        cause = (
            f"quota {metric} in {machine.region} exceeded: the limit is {limit},"
            f" {machine.machine_type} needs {machine.vcpus}"
        )
        if self._spec.api is Api.LIFE_SCIENCES:
            self._job.ending, self._job.detail = Ending.REFUSED, cause
            return
        self._wait_for_quota(cause)
        await asyncio.Event().wait()

    def _waiting(self) -> None:
        metric = _metric(self._spec.machine)
        limit = self._around.quota.limits.of(metric)
        region = self._spec.machine.region
        self._wait_for_quota(f"waiting for quota {metric} in {region} (limit {limit})")

    def _wait_for_quota(self, cause: str) -> None:
        """Batch schedules a job before it finds that there is no room for it."""
        if self._job.state is JobState.QUEUED and self._spec.api is Api.BATCH:
            self._job.move(self._now(), JobState.SCHEDULED)
        self._job.delay(self._now(), cause, _metric(self._spec.machine))

    async def _use_machines(self, order: JobOrder | None) -> None:
        """Take one machine after another as long as tasks are pending; `order` is the first's."""
        shape, faults, quota = self._spec.machine, self._around.faults, self._around.quota
        while self._tasks:
            async with quota.hold(shape.region, _metric(shape), shape.vcpus, self._waiting):
                if not self._tasks:
                    return
                if order is None and self._machines > 0:
                    order = faults.on_job(self._job.name.id, self._job.labels)
                self._machines += 1
                self._log_is_lost |= order is not None and order.fault is JobFault.LOSE_LOG
                await self._use_machine(order)
                order = None

    async def _use_machine(self, order: JobOrder | None) -> None:
        """Run tasks on a new machine until none is pending or the machine is lost."""
        if self._job.state is JobState.QUEUED:
            self._job.move(self._now(), JobState.SCHEDULED)
        clock = self._around.clock
        machine, ordered = (
            Machine(new_worker(self._around.new_hex(), self._spec.machine), clock.real),
            clock.elapsed(),
        )
        machine.schedule_loss(order, Phase.BOOTING)
        try:
            await machine.live(lambda: self._live_on(machine, order))
        finally:
            self._around.bill.add(self._use(clock.elapsed() - ordered))
        if machine.loss is not None:
            for task in self._tasks.lose(machine.worker, machine.loss):
                self._barriers.leave(task.index)

    def _use(self, seconds: float) -> VmUse:
        shape, job = self._spec.machine, self._job
        return VmUse(
            api=job.api.value,
            job=job.name.id,
            labels=job.labels,
            machine_type=shape.machine_type,
            spot=shape.spot,
            seconds=seconds,
        )

    async def _live_on(self, machine: Machine, order: JobOrder | None) -> None:
        """Name the machine as soon as it is ordered: its boot comes after that.

        In the events of broadinstitute/cromwell#6462 a Life Sciences worker is assigned 11.8 s
        after the request, and its first container starts about a minute later.
        """
        self._record(WorkerAssigned(machine.worker))
        try:
            await self._boot_and_work(machine, order)
        finally:
            self._record(WorkerReleased(machine.worker))

    async def _boot_and_work(self, machine: Machine, order: JobOrder | None) -> None:
        if order is not None and order.phase is Phase.BOOTING:
            await asyncio.Event().wait()
        model = self._around.model
        if self._spec.machine.spot:
            age = model.seconds_to_preemption(self._job.name.id, self._machines)
            machine.lose_after(age, Loss.PREEMPTED)
        await self._around.clock.sleep(model.boot_seconds)
        name = f"vm-{machine.worker.instance[-12:]}"
        vm = await self._around.runtime.boot(name, self._spec, self._logs / "0")
        try:
            machine.schedule_loss(order, Phase.RUNNING)
            async with asyncio.TaskGroup() as group:
                for _ in range(self._spec.tasks_per_vm):
                    group.create_task(self._work_on(vm, machine))
        finally:
            await vm.close()

    async def _work_on(self, vm: RunningVm, machine: Machine) -> None:
        """Run pending tasks on a machine, one after the other."""
        while self._tasks:
            task = self._begin_task(machine)
            async with reporting(partial(self._note_custom_event, task)) as listen:
                failure = await self._attempt(task, vm, machine, listen).run()
            self._tasks.end(task, failure)
            if task.state.is_final:
                self._barriers.leave(task.index)

    def _begin_task(self, machine: Machine) -> Task:
        """Take the next task; the first one makes the job RUNNING, which has an end on Batch."""
        begins = self._job.running is None
        task = self._tasks.begin(machine.worker)
        if begins and self._spec.api is Api.BATCH and self._limit is not None:
            end = asyncio.get_running_loop().time()
            self._limit.reschedule(end + self._around.clock.real(RUNNING_LIMIT_SECONDS))
        return task

    def _note_custom_event(self, task: Task, text: str) -> None:
        self._job.record_of_task(self._now(), task.index, CustomEvent(task.index, text))

    def _attempt(
        self, task: Task, vm: RunningVm, machine: Machine, listen: Callable[[Path], None]
    ) -> TaskRun:
        return TaskRun(
            spec=self._spec,
            uid=self._job.uid,
            index=task.index,
            attempt=task.retries,
            vm=vm,
            logs=self._logs / str(task.index),
            record=self._record if self._spec.api is Api.LIFE_SCIENCES else _ignore,
            images=machine.images,
            clock=self._around.clock,
            pull_seconds=self._around.model.pull_seconds,
            barriers=self._barriers,
            listen=listen,
            tell=partial(self._note_custom_event, task),
        )

    def _real(self, seconds: float | None) -> float | None:
        return None if seconds is None else self._around.clock.real(seconds)

    def _record(self, what: Happening) -> None:
        self._job.record(self._now(), what)


def _metric(machine: Shape) -> str:
    return parse_machine_type(machine.machine_type).quota_metric


def _ignore(_what: Happening) -> None:
    """Batch does not tell what single runnables do."""

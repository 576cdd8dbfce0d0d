"""One attempt of one task: its steps in order, on a machine that stands ready."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from localcloud.engine.barriers import Barriers
from localcloud.engine.clock import Clock
from localcloud.jobs.events import (
    Happening,
    Loss,
    PullStarted,
    PullStopped,
    StepKilled,
    StepStarted,
    StepStopped,
    UnexpectedExit,
)
from localcloud.jobs.spec import GROUP, Api, Barrier, Container, JobSpec, Step
from localcloud.runtime.base import RunningStep, RunningVm, StepLogs, TaskLog

KILLED_EXIT_CODE = 137
"""What a container killed by SIGKILL reports."""


@dataclass(frozen=True, slots=True)
class StepFailure:
    """The first failure of an attempt; later ones do not count.

    `step` is None when the machine failed and not one of the steps.
    """

    step: int | None
    exit_code: int
    loss: Loss | None = None


class TaskRun:
    """Runs the steps of a task once. Cancelling `run` kills what runs.

    `listen` is told of each log that may have custom events, `tell` the texts of events about
    steps that are to be told of.
    """

    def __init__(
        self,
        *,
        spec: JobSpec,
        uid: str,
        index: int,
        attempt: int,
        vm: RunningVm,
        logs: Path,
        record: Callable[[Happening], None],
        images: set[str],
        clock: Clock,
        pull_seconds: float,
        barriers: Barriers,
        listen: Callable[[Path], None],
        tell: Callable[[str], None],
    ) -> None:
        self._spec = spec
        self._uid = uid
        self._index = index
        self._attempt = attempt
        self._vm = vm
        self._logs = logs
        self._record = record
        self._images = images
        self._clock = clock
        self._pull_seconds = pull_seconds
        self._barriers = barriers
        self._listen = listen
        self._tell = tell
        self._failure: StepFailure | None = None
        self._last_exit: int | None = None
        self._background: list[tuple[int, RunningStep]] = []

    async def run(self) -> StepFailure | None:
        """Run all steps that are due; None when the task succeeded."""
        try:
            await self._prefetch()
            started = self._clock.elapsed()
            for number, step in enumerate(self._spec.steps):
                if self._failure is None or step.always_run:
                    await self._run_step(number, step, self._remaining(started))
                if (
                    self._failure
                    and self._failure.loss is Loss.TIMED_OUT
                    and self._expired(started)
                ):
                    break
        finally:
            await self._end_background()
        return self._failure

    def _remaining(self, started: float) -> float | None:
        """Seconds left of the attempt's run time, None when it has no limit."""
        if self._spec.run_timeout is None:
            return None
        return max(0.0, self._spec.run_timeout - (self._clock.elapsed() - started))

    def _expired(self, started: float) -> bool:
        return self._remaining(started) == 0.0

    async def _prefetch(self) -> None:
        if self._spec.api is Api.LIFE_SCIENCES:
            for step in self._spec.steps:
                await self._pull(step)

    async def _pull(self, step: Step) -> None:
        if isinstance(step.program, Container) and step.program.image not in self._images:
            self._images.add(step.program.image)
            self._record(PullStarted(step.program.image))
            await self._clock.sleep(self._pull_seconds)
            self._record(PullStopped(step.program.image))

    async def _run_step(self, number: int, step: Step, remaining: float | None) -> None:
        if isinstance(step.program, Barrier):
            await self._wait_at_barrier(number, step, remaining)
            return
        await self._pull(step)
        logs = self._step_logs(number)
        if self._spec.api is Api.BATCH:
            self._listen(logs.stdout)
        running = await self._vm.start(step, self._environment(step), logs)
        self._record(StepStarted(number))
        self._tell_of(step, f"Runnable {step.name} started.")
        if step.background:
            self._background.append((number, running))
            return
        try:
            # not wait_for, which forgets a cancellation that comes as the step ends (Python 3.11)
            async with asyncio.timeout(self._limit(step, remaining)):
                code = await running.wait()
            loss = None
        except TimeoutError:
            code, loss = KILLED_EXIT_CODE, Loss.TIMED_OUT
        finally:
            await running.kill()
        await self._vm.flush()
        if loss is not None:
            self._record(StepKilled(number))
        self._stopped(number, step, running, code, loss)

    def _tell_of(self, step: Step, text: str) -> None:
        if step.told:
            self._tell(text)

    def _limit(self, step: Step, remaining: float | None) -> float | None:
        """Real seconds that a step may take."""
        limits = [limit for limit in (step.timeout, remaining) if limit is not None]
        return self._clock.real(min(limits)) if limits else None

    async def _wait_at_barrier(self, number: int, step: Step, remaining: float | None) -> None:
        self._tell_of(step, f"Barrier {step.name} reached.")
        try:
            async with asyncio.timeout(self._limit(step, remaining)):
                await self._barriers.arrive(number, self._index)
        except TimeoutError:
            loss = Loss.TIMED_OUT
            self._failure = self._failure or StepFailure(number, loss.value, loss)

    def _stopped(
        self, number: int, step: Step, running: RunningStep, code: int, loss: Loss | None
    ) -> None:
        self._record(StepStopped(number, code, running.stderr_tail()))
        self._tell_of(step, f"Runnable {step.name} ended with exit code {code}.")
        self._last_exit = code
        if code == 0 or step.ignore_exit_status:
            return
        self._record(UnexpectedExit(number, code))
        if self._failure is None:
            self._failure = StepFailure(number, loss.value if loss else code, loss)

    async def _end_background(self) -> None:
        for number, running in reversed(self._background):
            await running.kill()
            self._record(StepKilled(number))
            code = await running.wait()
            self._record(StepStopped(number, code, running.stderr_tail()))
            step = self._spec.steps[number]
            self._tell_of(step, f"Runnable {step.name} ended with exit code {code}.")
        if self._background:
            await self._vm.flush()

    def _environment(self, step: Step) -> Mapping[str, str]:
        own = self._spec.task_environments[self._index]
        return {**self._spec.environment, **own, **step.environment, **self._last_outcome()}

    def _last_outcome(self) -> Mapping[str, str]:
        if self._spec.api is not Api.LIFE_SCIENCES or self._last_exit is None:
            return {}
        failed = {"GOOGLE_PIPELINE_FAILED": "1"} if self._failure else {}
        return {**failed, "GOOGLE_LAST_EXIT_STATUS": str(self._last_exit)}

    def _step_logs(self, number: int) -> StepLogs:
        """Life Sciences counts actions from 1 and shows its files to them as `/google/logs`."""
        if self._spec.api is Api.LIFE_SCIENCES:
            folder = self._logs / "action" / str(number + 1)
        else:
            folder = self._logs / "runnable" / str(number)
        own = folder / "stdout", folder / "stderr"
        return StepLogs(*own, self._logs / "output", self._task_log(number))

    def _task_log(self, number: int) -> TaskLog | None:
        if not self._spec.log_path:
            return None
        task = f"task/{self._uid}-{GROUP}-{self._index}/{self._attempt}/0"
        source = f"[task_id:{task},runnable_index:{number}]"
        return TaskLog(self._spec.log_path, self._uid, source)

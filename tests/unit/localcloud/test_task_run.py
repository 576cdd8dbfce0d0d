"""localcloud.engine.task_run: a machine that is lost ends the task, at whatever moment."""

import asyncio
from pathlib import Path

import pytest

from localcloud.engine.barriers import Barriers
from localcloud.engine.clock import Clock
from localcloud.engine.task_run import TaskRun
from localcloud.jobs.spec import Container, Step
from localcloud.runtime.base import RunningVm
from tests.unit.localcloud.fake_runtime import FOREVER, FakeRuntime
from tests.unit.localcloud.scene import spec

STEPS = tuple(
    Step(name, Container("image", "", (FOREVER,)), timeout=3600, always_run=True)
    for name in ("first", "last")
)


def task_run(vm: RunningVm) -> TaskRun:
    return TaskRun(
        spec=spec(*STEPS),
        uid="uid",
        index=0,
        attempt=0,
        vm=vm,
        logs=Path("logs"),
        record=lambda _what: None,
        images=set(),
        clock=Clock(),
        pull_seconds=0,
        barriers=Barriers(1),
        listen=lambda _path: None,
        tell=lambda _text: None,
    )


@pytest.mark.parametrize("rounds", range(6))
def test_a_machine_lost_in_the_moment_that_a_step_ends_runs_no_further(rounds: int) -> None:
    async def scene() -> bool:
        vm = await FakeRuntime().boot("vm-1", spec(*STEPS), Path("logs"))
        started = []
        start = vm.start

        async def remember(*arguments: object) -> object:
            started.append(await start(*arguments))  # type: ignore[arg-type]
            return started[-1]

        vm.start = remember  # type: ignore[assignment]
        running = asyncio.create_task(task_run(vm).run())
        for _ in range(20):
            await asyncio.sleep(0)
        await started[0].kill()
        for _ in range(rounds):
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait([running], timeout=5)
        return running.cancelled()

    assert asyncio.run(scene())

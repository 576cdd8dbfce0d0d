"""A machine of the process runtime, in a temporary directory, and the steps run on it."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep

from localcloud.jobs.spec import Api, Container, JobSpec, Machine, Mount, Step
from localcloud.runtime.base import RunningVm, StepLogs
from localcloud.runtime.images import ImageRule
from localcloud.runtime.process import ProcessRuntime
from localcloud.storage import StorageClient

MACHINE = Machine("e2-medium", 2, 4096, "us-central1", "us-central1-a", disks=("work",))
WORK = Mount("/mnt/disks/work", "work")


def spec(*steps: Step) -> JobSpec:
    return JobSpec(
        api=Api.BATCH,
        steps=steps,
        machine=MACHINE,
        environment={},
        task_environments=({},),
        volumes=(WORK,),
    )


def bash(text: str, *mounts: Mount, block_external_network: bool = False) -> Step:
    return Step(
        "0",
        Container("bash", "bash", ("-c", text)),
        mounts=mounts or (WORK,),
        block_external_network=block_external_network,
    )


NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


class Scene:
    """A runtime in a directory, and the outputs of the steps run on it."""

    def __init__(
        self, directory: Path, *, namespaces: bool, images: list[ImageRule] | None = None
    ) -> None:
        self.directory = directory
        self.runtime = ProcessRuntime(
            directory=directory / "vms",
            images=images or [],
            host_path=os.environ["PATH"],
            environment={"CLOUD_URL": "http://x"},
            now=lambda: NOON,
            storage=StorageClient(port=1),  # never called: no machine here mounts a bucket
            namespaces=namespaces,
        )
        self.logs = StepLogs(directory / "stdout", directory / "stderr", directory / "output")

    def run(self, act: Callable[[RunningVm], Awaitable[None]], *steps: Step) -> None:
        async def scene() -> None:
            vm = await self.runtime.boot("vm-1", spec(*steps), self.directory / "logs")
            try:
                await act(vm)
            finally:
                await vm.close()

        asyncio.run(asyncio.wait_for(scene(), 30))

    def exit_code(self, step: Step, environment: dict[str, str] | None = None) -> int:
        codes = []

        async def act(vm: RunningVm) -> None:
            running = await vm.start(step, environment or {}, self.logs)
            codes.append(await running.wait())

        self.run(act, step)
        return codes[0]

    @property
    def stdout(self) -> str:
        return self.logs.stdout.read_text()

    @property
    def stderr(self) -> str:
        return self.logs.stderr.read_text()


def assert_gone(pid: int) -> None:
    deadline = monotonic() + 10
    while Path(f"/proc/{pid}").exists() and " Z " not in Path(f"/proc/{pid}/stat").read_text():
        assert monotonic() < deadline, f"process {pid} still runs"
        sleep(0.01)

"""The container runtime: containers in podman or docker; the machine round them is played.

Scripts (Batch) run on the machine itself, which the process runtime plays. Containers see its
disks, the host's network (the servers of the local cloud listen on its loopback), and no more
memory than the machine has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from localcloud.jobs.spec import Api, Container, JobSpec, Step
from localcloud.runtime.base import RunningStep, RunningVm, StepLogs
from localcloud.runtime.engines import ContainerRun, Engine, environment_words
from localcloud.runtime.folder import LOGS_MOUNT, VmFolder
from localcloud.runtime.images import LocalImage, local_name
from localcloud.runtime.output import Output
from localcloud.runtime.paths import Bind
from localcloud.runtime.process import ProcessRuntime, ProcessVm
from localcloud.runtime.program import CANNOT_RUN, CannotStartError, NeverStarted, Program, spawn


@dataclass(frozen=True, slots=True)
class ContainerRuntime:
    """Plays machines with containers.

    Attributes:
        engine: runs the containers.
        owner: marks them as those of this local cloud.
        images: what stands for which image.
        host: plays the machines.
    """

    engine: Engine
    owner: str
    images: Sequence[LocalImage]
    host: ProcessRuntime

    async def boot(self, instance: str, spec: JobSpec, log_root: Path) -> RunningVm:
        """Make the machine's directory with its disks."""
        folder = VmFolder(self.host.directory / instance, spec, log_root, self.host.storage)
        await asyncio.to_thread(folder.make)
        return _ContainerVm(self, instance, spec, folder)


class _ContainerVm:
    """One machine: its directory, its containers, and the processes of its scripts."""

    def __init__(
        self, runtime: ContainerRuntime, instance: str, spec: JobSpec, folder: VmFolder
    ) -> None:
        self._runtime = runtime
        self._instance = instance
        self._spec = spec
        self._folder = folder
        self._host = ProcessVm(runtime.host, folder)
        self._steps: list[_ContainerStep] = []

    async def start(
        self, step: Step, environment: Mapping[str, str], logs: StepLogs
    ) -> RunningStep:
        """See RunningVm."""
        if not isinstance(step.program, Container):
            return await self._host.start(step, environment, logs)
        task_log = self._folder.task_log(logs, self._runtime.host.now)
        output = Output(logs, keep_tail=step.capture_stderr, task_log=task_log)
        engine = self._runtime.engine
        try:
            run = self._container(step, step.program, environment)
            variables = environment_words(run.environment, self._folder.new_script())
            program = await spawn(
                engine.program,
                engine.run_command(run, variables),
                engine.environment,
                self._folder.root,
                output,
            )
        except CannotStartError as error:
            return NeverStarted(error, output)
        running = _ContainerStep(engine, run.name, program)
        self._steps.append(running)
        return running

    def _container(
        self, step: Step, program: Container, environment: Mapping[str, str]
    ) -> ContainerRun:
        binds = self._folder.binds(step)
        if self._spec.api is not Api.LIFE_SCIENCES:
            binds = tuple(bind for bind in binds if bind.target != LOGS_MOUNT)
        for bind in binds:
            _check_volume(bind)
        return ContainerRun(
            name=f"localcloud-{self._instance}-{len(self._steps)}",
            owner=self._runtime.owner,
            image=local_name(program.image, self._runtime.images),
            entrypoint=program.entrypoint,
            commands=program.commands,
            binds=binds,
            memory_mib=self._spec.machine.memory_mib,
            environment={**self._runtime.host.environment, **environment},
            network=not step.block_external_network,
            options=program.options,
        )

    async def flush(self) -> None:
        """See RunningVm."""
        await self._host.flush()

    async def close(self) -> None:
        """See RunningVm."""
        await asyncio.gather(*(step.kill() for step in self._steps))
        await self._host.close()


def _check_volume(bind: Bind) -> None:
    if ":" in f"{bind.source}{bind.target}":
        raise CannotStartError(
            CANNOT_RUN, f"mount {bind.target!r}: container engines take no path with ':'"
        )


class _ContainerStep:
    """A container and the engine's command that runs it."""

    def __init__(self, engine: Engine, name: str, program: Program) -> None:
        self._engine = engine
        self._name = name
        self._program = program

    async def wait(self) -> int:
        """The container's exit code; see RunningStep."""
        return await self._program.wait()

    async def kill(self) -> None:
        """Stop the container by its name, whatever has become of the command; see RunningStep."""
        if self._program.has_ended:
            return
        await asyncio.to_thread(self._engine.remove, self._name)
        await self._program.kill()
        await asyncio.to_thread(self._engine.remove, self._name)  # made in the meantime

    def stderr_tail(self) -> str:
        """What it said last; see RunningStep."""
        return self._program.stderr_tail()

"""Machines on which every step ends at once, as planned; no process is started."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from localcloud.jobs.spec import Container, JobSpec, Step
from localcloud.runtime.base import StepLogs

FOREVER = "forever"


@dataclass(slots=True)
class _Step:
    """Ends with the plan's exit code, or runs until it is killed."""

    code: int | None
    killed: asyncio.Event

    async def wait(self) -> int:
        if self.code is None:
            await self.killed.wait()
        return 137 if self.code is None else self.code

    async def kill(self) -> None:
        self.killed.set()

    def stderr_tail(self) -> str:
        return ""


class _Vm:
    def __init__(self, runtime: "FakeRuntime") -> None:
        self._runtime = runtime

    async def start(self, step: Step, environment: Mapping[str, str], logs: StepLogs) -> _Step:
        """A step's commands are its exit codes, one for each attempt, the last for all others."""
        del logs
        assert isinstance(step.program, Container)
        key = step.program.image, step.name, environment.get("BATCH_TASK_INDEX", "0")
        attempt = self._runtime.attempts.get(key, 0)
        self._runtime.attempts[key] = attempt + 1
        words = step.program.commands
        word = words[min(attempt, len(words) - 1)]
        return _Step(None if word == FOREVER else int(word), asyncio.Event())

    async def flush(self) -> None:
        """There are no buckets."""

    async def close(self) -> None:
        self._runtime.machines -= 1


class FakeRuntime:
    """Counts machines, and the attempts of each step by image, name and task."""

    def __init__(self) -> None:
        self.machines = 0
        self.attempts: dict[tuple[str, str, str], int] = {}

    async def boot(self, instance: str, spec: JobSpec, log_root: Path) -> _Vm:
        del instance, spec, log_root
        self.machines += 1
        return _Vm(self)

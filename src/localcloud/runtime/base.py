"""What the engine needs of something that plays machines and containers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from localcloud.jobs.spec import JobSpec, Step


@dataclass(frozen=True, slots=True)
class TaskLog:
    """The log files that Batch writes on the machine itself (`logsPolicy` PATH).

    Attributes:
        path: their folder, as the machine sees it.
        uid: the job's, which names the files.
        source: what stands before each line: which task and which runnable.
    """

    path: str
    uid: str
    source: str


@dataclass(frozen=True, slots=True)
class StepLogs:
    """Where the output of one step goes.

    Attributes:
        stdout, stderr: files of this step alone.
        combined: file of both, shared by all steps of the task, or None.
        task_log: files on the machine as well, or None.
    """

    stdout: Path
    stderr: Path
    combined: Path | None = None
    task_log: TaskLog | None = None


class RunningStep(Protocol):
    """A program that has been started."""

    async def wait(self) -> int:
        """The exit code, 128 + n after signal n, once its output is complete."""

    async def kill(self) -> None:
        """End it and all it started; returns when they are gone."""

    def stderr_tail(self) -> str:
        """The last part of what it wrote to stderr."""


class RunningVm(Protocol):
    """A machine that has booted."""

    async def start(
        self, step: Step, environment: Mapping[str, str], logs: StepLogs
    ) -> RunningStep:
        """Start a step with exactly this environment besides the machine's own."""

    async def flush(self) -> None:
        """Let what steps have written to mounted buckets be in the buckets."""

    async def close(self) -> None:
        """Release the machine with all that runs on it and its disks."""


class Runtime(Protocol):
    """Plays machines."""

    async def boot(self, instance: str, spec: JobSpec, log_root: Path) -> RunningVm:
        """Make the machine `instance` for a job; `log_root` is what it sees as its log folder."""

"""The process runtime: a machine is a directory, a container is a process of this host.

    DIR/vms/INSTANCE/          working directory of every program of the machine
      disks/NAME/              its disks; `disks/boot` plays everything else
      tmp/ home/ scripts/      TMPDIR, HOME, texts of script runnables
      google/logs -> LOGS      the `/google/logs` of Life Sciences

It isolates names, not programs: they run as the user who started the local cloud.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from localcloud.jobs.spec import BOOT_DISK, Container, JobSpec, Step
from localcloud.runtime.base import RunningStep, RunningVm, StepLogs
from localcloud.runtime.images import ImageRule, search_path
from localcloud.runtime.output import LineLog, Output
from localcloud.runtime.paths import host_mount, mount_folders, relative, translator
from localcloud.runtime.program import CannotStartError, NeverStarted, Program, command_line, start
from localcloud.runtime.reaping import kill_strays

_LOGS_MOUNT = "/google/logs"


@dataclass(frozen=True, slots=True)
class ProcessRuntime:
    """Plays machines under `directory`.

    Attributes:
        directory: `DIR/vms`.
        images: which directories of programs an image has.
        host_path: the PATH that every machine sees besides its images.
        environment: what every program gets besides PATH, HOME, LANG, TMPDIR and its own.
        now: the cloud's time, for log lines.
        keep: leave the directory of a released machine for inspection.
    """

    directory: Path
    images: Sequence[ImageRule]
    host_path: str
    environment: Mapping[str, str]
    now: Callable[[], datetime]
    keep: bool = False

    async def boot(self, instance: str, spec: JobSpec, log_root: Path) -> RunningVm:
        """Make the machine's directory with its disks."""
        root = self.directory / instance
        await asyncio.to_thread(_make, root, spec, log_root)
        return _ProcessVm(self, root, spec)


class _ProcessVm:
    """One machine: its directory and what runs in it."""

    def __init__(self, runtime: ProcessRuntime, root: Path, spec: JobSpec) -> None:
        self._runtime = runtime
        self._root = root
        self._spec = spec
        self._programs: list[Program] = []
        self._scripts = 0

    async def start(
        self, step: Step, environment: Mapping[str, str], logs: StepLogs
    ) -> RunningStep:
        mounts = step.mounts if isinstance(step.program, Container) else self._spec.volumes
        folders = mount_folders(mounts, self._root / "disks")
        for folder in folders.values():
            folder.mkdir(parents=True, exist_ok=True)
        translate = translator({_LOGS_MOUNT: self._root / "google" / "logs", **folders})
        variables = self._own_variables(step) | {
            name: translate(value) for name, value in environment.items()
        }
        output = Output(logs, keep_tail=step.capture_stderr, task_log=self._task_log(logs))
        self._scripts += 1
        script = self._root / "scripts" / f"{self._scripts}"
        try:
            words = command_line(step, script, translate)
            program = await start(words, variables, self._root, output)
        except CannotStartError as error:
            return NeverStarted(error, output)
        self._programs.append(program)
        return program

    def _task_log(self, logs: StepLogs) -> LineLog | None:
        """The log files on the machine's own disk that `logs` asks for."""
        if logs.task_log is None:
            return None
        disk, folder = host_mount(logs.task_log.path.rstrip("/"), self._spec.volumes)
        place = self._root / "disks" / disk / relative(folder)
        return LineLog(place, logs.task_log, self._runtime.now)

    def _own_variables(self, step: Step) -> dict[str, str]:
        image = step.program.image if isinstance(step.program, Container) else None
        return {
            "PATH": search_path(image, self._runtime.images, self._runtime.host_path),
            "HOME": str(self._root / "home"),
            "TMPDIR": str(self._root / "tmp"),
            "LANG": "C.UTF-8",
            **self._runtime.environment,
        }

    async def close(self) -> None:
        await asyncio.gather(*(program.kill() for program in self._programs))
        await asyncio.to_thread(kill_strays, self._root)
        if not self._runtime.keep:
            await asyncio.to_thread(_remove, self._root)


def _make(root: Path, spec: JobSpec, log_root: Path) -> None:
    disks = sorted({BOOT_DISK, *spec.machine.disks})
    for folder in (*(f"disks/{disk}" for disk in disks), "tmp", "home", "scripts", "google"):
        (root / folder).mkdir(parents=True)
    log_root.mkdir(parents=True, exist_ok=True)
    (root / "google" / "logs").symlink_to(log_root, target_is_directory=True)


def _remove(root: Path) -> None:
    """Remove a machine's directory, folders that a program has locked included."""
    for folder, names, _ in os.walk(root):
        for name in names:
            inner = Path(folder, name)
            if not inner.is_symlink():
                inner.chmod(0o700)
    shutil.rmtree(root)

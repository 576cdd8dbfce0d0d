"""The process runtime: a machine is a directory, a container is a process of this host.

It isolates names, not programs: they run as the user who started the local cloud. Each sees the
disks at their true paths where this host has mount namespaces for us; elsewhere the text of the
request is changed to name the folders that play the disks.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from localcloud.jobs.spec import Container, JobSpec, Step
from localcloud.runtime.base import RunningStep, RunningVm, StepLogs
from localcloud.runtime.folder import VmFolder
from localcloud.runtime.images import ImageRule, search_path
from localcloud.runtime.namespace import entering, hides, mark_of
from localcloud.runtime.output import Output
from localcloud.runtime.paths import translator
from localcloud.runtime.program import (
    CannotStartError,
    NeverStarted,
    Program,
    View,
    command_line,
    start,
)
from localcloud.runtime.reaping import kill_strays
from localcloud.storage import StorageClient


@dataclass(frozen=True, slots=True)
class ProcessRuntime:
    """Plays machines under `directory`.

    Attributes:
        directory: `DIR/vms`.
        images: which directories of programs an image has.
        host_path: the PATH that every machine sees besides its images.
        environment: what every program gets besides PATH, HOME, LANG, TMPDIR and its own.
        now: the cloud's time, for log lines.
        storage: where mounted buckets are.
        namespaces: mount the disks at their true paths.
        keep: leave the directory of a released machine for inspection.
    """

    directory: Path
    images: Sequence[ImageRule]
    host_path: str
    environment: Mapping[str, str]
    now: Callable[[], datetime]
    storage: StorageClient
    namespaces: bool = False
    keep: bool = False

    async def boot(self, instance: str, spec: JobSpec, log_root: Path) -> RunningVm:
        """Make the machine's directory with its disks."""
        folder = VmFolder(self.directory / instance, spec, log_root, self.storage)
        await asyncio.to_thread(folder.make)
        return ProcessVm(self, folder)


class ProcessVm:
    """One machine: its directory and what runs in it."""

    def __init__(self, runtime: ProcessRuntime, folder: VmFolder) -> None:
        self._runtime = runtime
        self._folder = folder
        self._root = folder.root
        self._programs: list[Program] = []

    async def start(
        self, step: Step, environment: Mapping[str, str], logs: StepLogs
    ) -> RunningStep:
        """See RunningVm."""
        task_log = self._folder.task_log(logs, self._runtime.now)
        output = Output(logs, keep_tail=step.capture_stderr, task_log=task_log)
        try:
            view = self._view(step)
            given = {name: view.text(value) for name, value in environment.items()}
            words = command_line(step, self._folder.new_script(), view)
            variables = self._own_variables(step) | given
            program = await start(words, variables, self._root, output, view)
        except CannotStartError as error:
            return NeverStarted(error, output)
        self._programs.append(program)
        return program

    def _view(self, step: Step) -> View:
        """How the step sees the machine.

        A mount over the machine's own directory or its programs, which lie elsewhere in a real
        machine, is not made: there the text is changed.
        """
        binds = self._folder.binds(step)
        locate = translator({bind.target: bind.source for bind in binds})
        needed = [self._root, Path(sys.executable), Path(sys.prefix)]
        needed += [rule.directory for rule in self._runtime.images]
        if not self._runtime.namespaces or hides(binds, needed):
            return View(text=locate, locate=locate, enter=lambda path, words: (path, words))

        def enter(path: str, words: Sequence[str]) -> tuple[str, Sequence[str]]:
            root, mark = self._root / ".root", mark_of(self._root)
            network = not step.block_external_network
            command = entering(path, words, binds, root=root, mark=mark, network=network)
            return command[0], command

        return View(text=lambda text: text, locate=locate, enter=enter)

    def _own_variables(self, step: Step) -> dict[str, str]:
        image = step.program.image if isinstance(step.program, Container) else None
        return {
            "PATH": search_path(image, self._runtime.images, self._runtime.host_path),
            "HOME": str(self._root / "home"),
            "TMPDIR": str(self._root / "tmp"),
            "LANG": "C.UTF-8",
            **self._runtime.environment,
        }

    async def flush(self) -> None:
        """See RunningVm."""
        await asyncio.to_thread(self._folder.flush)

    async def close(self) -> None:
        """See RunningVm."""
        await asyncio.gather(*(program.kill() for program in self._programs))
        await asyncio.to_thread(kill_strays, self._root, mark_of(self._root))
        if not self._runtime.keep:
            await asyncio.to_thread(self._folder.remove)

"""The directory of a machine: its disks, what its programs need besides, its log files.

DIR/vms/INSTANCE/
disks/NAME/              its disks; `disks/boot` plays everything else
tmp/ home/ scripts/      TMPDIR, HOME, texts of script runnables
.root/                   where programs of the process runtime have their own root mounted
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from localcloud.jobs.spec import BOOT_DISK, Container, JobSpec, Mount, Step
from localcloud.runtime.base import StepLogs
from localcloud.runtime.buckets import MountedBucket
from localcloud.runtime.output import LineLog
from localcloud.runtime.paths import Bind, host_mount, relative
from localcloud.runtime.program import CANNOT_RUN, CannotStartError
from localcloud.storage import StorageClient

log = logging.getLogger(__name__)

LOGS_MOUNT = "/google/logs"


class VmFolder:
    """The directory of one machine."""

    def __init__(self, root: Path, spec: JobSpec, log_root: Path, storage: StorageClient) -> None:
        self.root = root
        self._spec = spec
        self._log_root = log_root
        self._scripts = 0
        self._buckets = [
            MountedBucket(storage, bucket, root / "disks" / bucket.disk) for bucket in spec.buckets
        ]

    def make(self) -> None:
        """Make the directory with its disks, and what is in the buckets among them."""
        disks = sorted(
            {BOOT_DISK, *self._spec.machine.disks, *(each.disk for each in self._spec.buckets)}
        )
        self.root.mkdir(parents=True, mode=0o700)  # programs may open their disks to everybody
        parts = *(f"disks/{disk}" for disk in disks), "tmp", "home", "scripts", ".root"
        for part in parts:
            (self.root / part).mkdir(parents=True)
        self._log_root.mkdir(parents=True, exist_ok=True)
        for bucket in self._buckets:
            bucket.bring()

    def flush(self) -> None:
        """Write to the buckets what was written to their disks."""
        for bucket in self._buckets:
            bucket.flush()

    def binds(self, step: Step) -> tuple[Bind, ...]:
        """What a step sees of the disks and logs; folders that do not exist are made.

        Raises:
            CannotStartError: a mount path is none, a bucket could not be mounted, or a program has
                put a link in the way that leads out of the disks.
        """
        for bucket in self._buckets:
            bucket.check()
        mounts = step.mounts if isinstance(step.program, Container) else self._spec.volumes
        logs = Bind(LOGS_MOUNT, self._log_root)
        return (logs, *(Bind(m.path, self._source(m), m.read_only) for m in mounts))

    def _source(self, mount: Mount) -> Path:
        if not mount.path.startswith("/") or not relative(mount.path):
            raise CannotStartError(
                CANNOT_RUN, f"mount path {mount.path!r} is not an absolute path below /"
            )
        disks = self.root / "disks"
        source = disks / mount.disk / relative(mount.folder)
        if not source.resolve().is_relative_to(disks.resolve()):
            raise CannotStartError(
                CANNOT_RUN, f"mount {mount.path!r}: {mount.folder!r} is a link out of the disks"
            )
        if not source.exists():
            source.mkdir(parents=True)
        return source

    def task_log(self, logs: StepLogs, now: Callable[[], datetime]) -> LineLog | None:
        """The log files on the machine's own disk that `logs` asks for."""
        if logs.task_log is None:
            return None
        disk, folder = host_mount(logs.task_log.path.rstrip("/"), self._spec.volumes)
        place = self.root / "disks" / disk / relative(folder)
        return LineLog(place, logs.task_log, now)

    def new_script(self) -> Path:
        """Where to write the text of one more script."""
        self._scripts += 1
        return self.root / "scripts" / f"{self._scripts}"

    def remove(self) -> None:
        """Remove the directory, folders that a program has locked included.

        What a container's root has written as another user than ours stays, with a warning.
        """
        try:
            for folder, names, _ in os.walk(self.root):
                for name in names:
                    inner = Path(folder, name)
                    if not inner.is_symlink():
                        inner.chmod(0o700)
            shutil.rmtree(self.root)
        except PermissionError as error:
            log.warning("the directory of a released machine stays: %s", error)

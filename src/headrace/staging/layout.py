"""Where staging keeps its own files on the work disk."""

import os
from dataclasses import dataclass
from errno import EDQUOT, EIO, ENOSPC, EROFS
from pathlib import Path

OWN_FOLDER = ".headrace"
TASKS_FOLDER = "tasks"
STEP_PROGRAM = f"{OWN_FOLDER}/step.sh"
TEMPORARY = "tmp"

DISK_FULL = os.strerror(ENOSPC)
"""`No space left on device`, in the words of nearly every program."""

DISK_ERRORS = frozenset({ENOSPC, EDQUOT, EIO, EROFS})
"""Numbers of what goes wrong with a disk, as opposed to a network."""

FULL_BELOW_BYTES = 2**20
"""A disk with less room is full: what did not fit is gone, but not much has been cleared away."""


NOT_WRITABLE = (
    f"User {os.getuid()} may not write the work disk, which is root's: where jobs cannot say which "
    "user the stage image runs as, as on Life Sciences, build it for root (docs/images.md)."
)


@dataclass(frozen=True)
class WorkDisk:
    """The work disk of one job, mounted at `root`, or one task's folder of a disk that tasks share.

    The tasks of an array that run on one machine share `mount`: what is there outlives a task.
    """

    root: Path
    mount: Path | None = None

    @classmethod
    def of_task(cls, mount: Path, number: int) -> "WorkDisk":
        """Return the folder of an array's task on the disk mounted at `mount`."""
        return cls(mount / TASKS_FOLDER / str(number), mount)

    @property
    def writable(self) -> bool:
        """Whether this process's user may write there; root may, whatever ails the disk."""
        return os.getuid() == 0 or os.access(self.mount or self.root, os.W_OK)

    @property
    def full(self) -> bool:
        """Whether the disk has no room for anything."""
        file_system = os.statvfs(self.root)
        return file_system.f_bavail * file_system.f_frsize < FULL_BELOW_BYTES

    @property
    def plan(self) -> Path:
        """The plan, kept from stage-in for stage-out."""
        return self.root / OWN_FOLDER / "plan.json"

    @property
    def refusal(self) -> Path:
        """Why stage-in failed, kept for the manifest: no step ran then."""
        return self.root / OWN_FOLDER / "refusal"

    @property
    def brought(self) -> Path:
        """How much stage-in brought in which time, kept for the manifest."""
        return self.root / OWN_FOLDER / "brought.json"

    @property
    def cache(self) -> Path | None:
        """The folder of objects that tasks share; None for a disk of one job."""
        return None if self.mount is None else self.mount / OWN_FOLDER / "cache"

    @property
    def step_program(self) -> Path:
        """The script that runs a step, the same for all tasks."""
        return (self.mount or self.root) / STEP_PROGRAM

    def step(self, number: int) -> Path:
        """The folder of one step's command and records."""
        return self.root / OWN_FOLDER / "steps" / str(number)

    def path(self, relative: str) -> Path:
        """A file of the workflow."""
        return self.root / relative

    def clear(self) -> None:
        """Remove all that a task of an array has left; a job's own disk goes with its machine."""
        if self.mount is not None:
            import shutil  # noqa: PLC0415 # arrays only

            shutil.rmtree(self.root, ignore_errors=True)

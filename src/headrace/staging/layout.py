"""Where staging keeps its own files on the work disk."""

import os
import shutil
from dataclasses import dataclass
from errno import ENOSPC
from pathlib import Path

OWN_FOLDER = ".headrace"
STEP_PROGRAM = f"{OWN_FOLDER}/step.sh"
TEMPORARY = "tmp"

DISK_FULL = os.strerror(ENOSPC)
"""`No space left on device`, in the words of nearly every program."""

FULL_BELOW_BYTES = 2**20
"""A disk with less room is full: what did not fit is gone, but not much has been cleared away."""


@dataclass(frozen=True)
class WorkDisk:
    """The work disk of one job, mounted at `root`."""

    root: Path

    @property
    def full(self) -> bool:
        """Whether the disk has no room for anything."""
        return shutil.disk_usage(self.root).free < FULL_BELOW_BYTES

    @property
    def plan(self) -> Path:
        """The plan, kept from stage-in for stage-out."""
        return self.root / OWN_FOLDER / "plan.json"

    @property
    def refusal(self) -> Path:
        """Why stage-in failed, kept for the manifest: no step ran then."""
        return self.root / OWN_FOLDER / "refusal"

    @property
    def bytes_in(self) -> Path:
        """How much stage-in brought, kept for the manifest."""
        return self.root / OWN_FOLDER / "bytes_in"

    @property
    def step_program(self) -> Path:
        """The script that runs a step."""
        return self.root / STEP_PROGRAM

    def step(self, number: int) -> Path:
        """The folder of one step's command and records."""
        return self.root / OWN_FOLDER / "steps" / str(number)

    def path(self, relative: str) -> Path:
        """A file of the workflow."""
        return self.root / relative

"""Where staging keeps its own files on the work disk."""

from dataclasses import dataclass
from pathlib import Path

OWN_FOLDER = ".headrace"
STEP_PROGRAM = f"{OWN_FOLDER}/step.sh"
TEMPORARY = "tmp"


@dataclass(frozen=True)
class WorkDisk:
    """The work disk of one job, mounted at `root`."""

    root: Path

    @property
    def plan(self) -> Path:
        """The plan, kept from stage-in for stage-out."""
        return self.root / OWN_FOLDER / "plan.json"

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

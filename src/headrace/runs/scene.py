"""What a controller has in its hands, and the shapes of what hangs in it (`runs.hooks`)."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from headrace.gcs import ObjectUri
from headrace.runs import workspace
from headrace.runs.records import RunError, RunOutputs, RunRequest
from headrace.runs.store import Store
from headrace.runs.workspace import Workspace
from headrace.settings import Settings


@dataclass(frozen=True)
class Scene:
    """A run that was asked for rightly.

    Attributes:
        request: what was asked for, checked.
        settings: the installation, with the run's id and profile in it.
        folder: the run's folder in the results bucket.
        store: the buckets.
        space: where Snakemake is run; made ready before the first hook.
        environ: the environment that Snakemake gets.
        clock: what time it is, UTC.
    """

    request: RunRequest
    settings: Settings
    folder: ObjectUri
    store: Store
    space: Workspace
    environ: Mapping[str, str]
    clock: Callable[[], datetime]

    def snakemake(self, *arguments: str) -> list[str]:
        """Return the workflow program's command line, with more arguments in it."""
        command = [sys.executable, "-m", "snakemake", "--profile", self.settings.profile]
        command += ["--configfile", str(workspace.OVERRIDES), *arguments]
        return [*command, "--", *self.request.targets] if self.request.targets else command


End: TypeAlias = RunOutputs | RunError

Before: TypeAlias = Callable[[Scene], Sequence[str]]
"""Does something before the workflow starts, and returns more arguments for Snakemake. If it raises
a `HeadraceError`, the run ends with that sentence before anything is submitted."""

After: TypeAlias = Callable[[Scene, End], None]
"""Does something once the end is written. What it raises is logged, and changes nothing."""

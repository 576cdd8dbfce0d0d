"""The workflow program asked what it would do: one dry run, read into a graph of jobs."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from headrace.errors import WorkflowError
from headrace.planning import graph
from headrace.planning.graph import PlannedWorkflow
from headrace.settings import DRY_RUN_VARIABLE

_LAST_LINES = 12
_LAST_STEP = "Building DAG of jobs..."


def plan(
    arguments: Sequence[str],
    folder: Path,
    environ: Mapping[str, str] = os.environ,
) -> PlannedWorkflow:
    """Return the jobs that Snakemake would do with these arguments in this folder.

    Nothing is submitted, and nothing is written in the run's folder.

    Raises:
        WorkflowError: Snakemake cannot tell; its own reason follows.
        RecordError: what it tells is not what this version reads.
    """
    with tempfile.TemporaryDirectory(prefix="headrace-plan-") as scratch:
        document = Path(scratch) / "plan.json"
        done = subprocess.run(
            [sys.executable, "-m", "snakemake", "--executor", "lifesciences", *arguments],
            cwd=folder,
            env={**environ, DRY_RUN_VARIABLE: str(document)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode != 0 or not document.exists():
            raise WorkflowError(f"Snakemake cannot plan the workflow:\n{_reason(done.stdout)}")
        return graph.read(document.read_bytes(), "the dry run")


def _reason(said: str) -> str:
    """Return the end of what Snakemake says, where its reason stands."""
    end = said.rpartition(_LAST_STEP)[2]
    return "\n".join([line for line in end.splitlines() if line.strip()][-_LAST_LINES:])

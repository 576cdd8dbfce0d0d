"""The ways to run a workflow: commands and environments of heads."""

import os
import re
import shutil
import sys
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import environments
from benchmarks.heads import HEAD_LOG, run_head, snakemake
from benchmarks.manifests import manifests
from benchmarks.results import Run, Way, Workflow
from benchmarks.tools import Step
from benchmarks.world import World
from examples.local import REPOSITORY

STATUS_SECONDS = "1"
"""Between two looks at the jobs, for every executor: machines here take seconds, not minutes."""

_TOTAL = re.compile(r"^total\s+(\d+)$", re.MULTILINE)

_ARRAY_SIZE = {Way.ARRAYS: "1000"}
"""Jobs of an array, where it is not one."""
_PUBLIC = (
    *("--executor", "googlebatch", "--googlebatch-project", "local"),
    *("--googlebatch-region", "us-central1", "--googlebatch-machine-type", "e2-highcpu-2"),
    *("--default-storage-provider", "gcs", "--storage-gcs-project", "local"),
    *("--scheduler", "greedy"),
)


_PUBLIC_HEAD = REPOSITORY / "benchmarks" / "public" / "head.py"

PROFILES = REPOSITORY / "profiles"

What = tuple[Workflow, int]
"""A workflow and its size."""


def run(
    way: Way,
    world: World,
    folder: Path,
    words: Sequence[str],
    what: What,
    *,
    round_trip: float = 0.0,
) -> tuple[Run, str]:
    """Run the workflow in `folder` on a local cloud; returns what it took, and the run's id.

    Each of the head's requests takes `round_trip` seconds longer than it does here.
    """
    world.cloud.reset()
    for relay in (world.api, world.storage):
        relay.take_counts()
        relay.delay = round_trip
    id_ = f"bench-{uuid.uuid4().hex[:12]}"
    head = run_head(_command(way, id_, words), folder, _environment(way, id_, world))
    workflow, size = what
    measured = Run(
        workflow=workflow,
        size=size,
        jobs=jobs_in(folder / HEAD_LOG),
        way=way,
        head=head,
        api_calls=world.api.take_counts(),
        storage_requests=world.storage.take_counts(),
        machines=world.bill(),
        round_trip=round_trip,
    )
    return measured, id_


def run_locally(folder: Path, words: Sequence[str], what: What, cores: int = 2) -> Run:
    """Run the workflow in `folder` by Snakemake alone, on this machine."""
    workflow, size = what
    path = f"{os.environ['PATH']}{os.pathsep}{Path(sys.executable).parent}"
    environment = {**os.environ, "PATH": path}
    head = run_head(snakemake("--cores", str(cores), *words), folder, environment)
    jobs = jobs_in(folder / HEAD_LOG)
    return Run(workflow=workflow, size=size, jobs=jobs, way=Way.LOCAL, head=head)


def steps(world: World, id_: str) -> list[Step]:
    """Return the steps of a run on a local cloud, as their manifests have them."""
    return [
        Step(record.name, record.wall_seconds or 0.0, record.cpu_seconds or 0.0)
        for manifest in manifests(world.cloud.storage_url, id_)
        for record in manifest.steps
    ]


def jobs_in(log: Path) -> int:
    """Return how many jobs Snakemake said it would run."""
    match = _TOTAL.search(log.read_text(errors="replace"))
    return int(match[1]) if match else 0


def _command(way: Way, id_: str, words: Sequence[str]) -> list[str]:
    common = ("--jobs", "5000", "--seconds-between-status-checks", STATUS_SECONDS)
    if way is not Way.PUBLIC:
        array = ("--lifesciences-array-size", _ARRAY_SIZE.get(way, "1"))
        return snakemake("--profile", "profiles/local", *common, *array, *words)
    chosen = (*_PUBLIC, "--default-storage-prefix", f"gs://results/runs/{id_}")
    return [str(environments.public()), str(_PUBLIC_HEAD), *chosen, *common, *words]


def _environment(way: Way, id_: str, world: World) -> Mapping[str, str]:
    ours = {
        "HEADRACE_SERVICE": "lifesciences" if way is Way.LIFE_SCIENCES else "batch",
        "HEADRACE_RUN": id_,
        "HEADRACE_FUSE": "auto" if way is Way.FUSED else "off",
        "MAKES": str(world.notes / id_) if world.notes else os.devnull,
    }
    return {**os.environ, **world.environment, **ours}


def workplace() -> "tempfile.TemporaryDirectory[str]":
    """Return a folder for a head, with the profiles in it."""
    folder = tempfile.TemporaryDirectory(prefix="headrace-bench-")
    shutil.copytree(PROFILES, Path(folder.name, "profiles"))
    return folder

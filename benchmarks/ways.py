"""The ways to run a workflow: commands and environments of heads."""

import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.heads import HEAD_LOG, HeadFailedError, run_head, snakemake
from benchmarks.manifests import manifests
from benchmarks.public import environment as public
from benchmarks.results import Run, Way, Workflow
from benchmarks.tools import Step
from benchmarks.world import World
from examples.local import REPOSITORY

STATUS_SECONDS = "1"
"""Between two looks at the jobs, for every executor: machines here take seconds, not minutes."""

_TOTAL = re.compile(r"^total\s+(\d+)$", re.MULTILINE)

_SETTINGS = {
    Way.DIRECT: {"HEADRACE_FUSE": "off"},
    Way.FUSED: {"HEADRACE_FUSE": "auto"},
    Way.ARRAYS: {"HEADRACE_FUSE": "off"},
}
_OPTIONS = {
    Way.DIRECT: ("--lifesciences-array-size", "1"),
    Way.FUSED: ("--lifesciences-array-size", "1"),
    Way.ARRAYS: ("--lifesciences-array-size", "1000"),
}
_PUBLIC = (
    *("--executor", "googlebatch", "--googlebatch-project", "local"),
    *("--googlebatch-region", "us-central1", "--googlebatch-machine-type", "e2-highcpu-2"),
    *("--default-storage-provider", "gcs", "--storage-gcs-project", "local"),
    *("--scheduler", "greedy"),
)


PROFILES = REPOSITORY / "profiles"

What = tuple[Workflow, int]
"""A workflow and its size."""


def run(way: Way, world: World, folder: Path, words: Sequence[str], what: What) -> tuple[Run, str]:
    """Run the workflow in `folder` on a local cloud; returns what it took, and the run's id."""
    world.cloud.reset()
    world.api.take_counts()
    world.storage.take_counts()
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
    )
    return measured, id_


def run_locally(folder: Path, words: Sequence[str], what: What, cores: int = 2) -> Run:
    """Run the workflow in `folder` by Snakemake alone, on this machine."""
    workflow, size = what
    head = run_head(snakemake("--cores", str(cores), *words), folder, os.environ)
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
        return snakemake("--profile", "profiles/local", *common, *_OPTIONS[way], *words)
    python = public.python()
    if python is None:
        raise HeadFailedError("the public plugins cannot be installed here")
    chosen = (*_PUBLIC, "--default-storage-prefix", f"gs://results/runs/{id_}")
    return [str(python), str(public.HEAD), *chosen, *common, *words]


def _environment(way: Way, id_: str, world: World) -> Mapping[str, str]:
    ours = {"HEADRACE_SERVICE": "batch", "HEADRACE_RUN": id_, **_SETTINGS.get(way, {})}
    return {**os.environ, **world.environment, **ours}


def workplace() -> "tempfile.TemporaryDirectory[str]":
    """Return a folder for a head, with the profiles in it."""
    folder = tempfile.TemporaryDirectory(prefix="headrace-bench-")
    shutil.copytree(PROFILES, Path(folder.name, "profiles"))
    return folder

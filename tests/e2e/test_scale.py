"""What the head of hundreds of like jobs asks of its services: counted, and not timed.

The machines' own programs are played, so that it is the head which is looked at.
"""

import os
import uuid
from pathlib import Path

from benchmarks import synthetic
from benchmarks.heads import run_head, snakemake
from benchmarks.played import playing
from benchmarks.world import AT_ONCE, World, played_world
from tests.e2e.conftest import REPOSITORY

JOBS = 200
POLL_SECONDS = 10


def run(world: World, folder: Path, *words: str) -> None:
    (folder / "profiles").symlink_to(REPOSITORY / "profiles")
    environment = {
        **os.environ,
        **world.environment,
        "HEADRACE_SERVICE": "batch",
        "HEADRACE_RUN": f"test-{uuid.uuid4().hex[:12]}",
    }
    polls = ("--seconds-between-status-checks", str(POLL_SECONDS))
    profile = ("--profile", "profiles/local", "--jobs", "5000")
    run_head(snakemake(*profile, *polls, *words), folder, environment)


def test_like_jobs_are_one_array_and_cost_less_than_a_request_for_three(tmp_path: Path) -> None:
    programs, folder = tmp_path / "programs", tmp_path / "head"
    programs.mkdir()
    folder.mkdir()
    with (
        played_world(AT_ONCE, programs, cpus=10_000) as world,
        playing(world.cloud.storage_url, 1.0, {"": 0.0}, programs),
    ):
        words = synthetic.write(folder, JOBS)
        run(world, folder, *words)
        calls, requests = world.api.take_counts(), world.storage.take_counts()
    assert calls["batch.jobs.create"] == 1
    assert sum(calls.values()) <= JOBS / 3, calls
    assert calls["batch.tasks.list"] <= calls["batch.jobs.list"]
    assert requests["download"] <= JOBS / 30, "manifests come in listings"
    assert sum(requests.values()) <= JOBS / 3, requests

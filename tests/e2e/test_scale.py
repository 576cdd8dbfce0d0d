"""What the head of hundreds of jobs asks of its services: counted, and not timed.

The machines' own programs are played, so that it is the head which is looked at.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks import synthetic
from benchmarks.heads import run_head, snakemake
from benchmarks.played import Parts, playing
from benchmarks.world import AT_ONCE, World, played_world
from headrace.gcs import ObjectUri
from headrace.services.protocol import ServiceName
from headrace.staging.objects import Objects
from tests.e2e.conftest import REPOSITORY

JOBS = 200
SAMPLES = 10
POLL_SECONDS = 10
CREATES = ("batch.jobs.create", "lifesciences.pipelines.run")

OF_SAMPLES = """
container: "docker://any-image"

SAMPLES = range(int(config["samples"]))

rule all:
    input: expand("results/{i}.{kind}.txt", i=SAMPLES, kind=["calls", "coverage", "depth"])

rule align:
    input: [storage(f"gs://inbox/reads/{{i}}_R{mate}.fastq") for mate in (1, 2)]
    output: temp("results/{i}.bam")
    shell: "cat {input} > {output}"

rule describe:
    input: "results/{i}.bam", storage("gs://inbox/reference/genome.fa")
    output: [f"results/{{i}}.{kind}.txt" for kind in ("calls", "coverage", "depth")]
    shell: "touch {output}"
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A local cloud with room for all jobs at once, whose machines are played."""
    programs = tmp_path_factory.mktemp("programs")
    with (
        played_world(AT_ONCE, programs, cpus=10_000) as made,
        playing(made.cloud.storage_url, Parts(scale=1.0), programs),
    ):
        yield made


@pytest.fixture
def folder(world: World, tmp_path: Path) -> Path:
    """The folder of a head, before which nothing was asked or run."""
    (tmp_path / "profiles").symlink_to(REPOSITORY / "profiles")
    world.cloud.reset()
    world.api.take_counts()
    world.storage.take_counts()
    return tmp_path


def run(world: World, folder: Path, *words: str, service: str = "batch") -> None:
    environment = {
        **os.environ,
        **world.environment,
        "HEADRACE_SERVICE": service,
        "HEADRACE_RUN": f"test-{uuid.uuid4().hex[:12]}",
    }
    polls = ("--seconds-between-status-checks", str(POLL_SECONDS))
    profile = ("--profile", "profiles/local", "--jobs", "5000")
    run_head(snakemake(*profile, *polls, *words), folder, environment)


def lay_out_samples(world: World, folder: Path) -> list[str]:
    """Upload what the workflow reads, and write it; returns the words that say how many samples."""
    with closing(Objects(world.cloud.storage_url)) as objects:
        objects.write(ObjectUri("inbox", "reference/genome.fa"), b">a")
        for number in range(SAMPLES):
            for mate in (1, 2):
                objects.write(ObjectUri("inbox", f"reads/{number}_R{mate}.fastq"), b"@r")
    (folder / "Snakefile").write_text(OF_SAMPLES)
    return ["--config", f"samples={SAMPLES}"]


def test_like_jobs_are_one_array_and_cost_less_than_a_request_for_three(
    world: World, folder: Path
) -> None:
    run(world, folder, *synthetic.write(folder, JOBS))
    calls, requests = world.api.take_counts(), world.storage.take_counts()
    assert calls["batch.jobs.create"] == 1
    assert sum(calls.values()) <= JOBS / 3, calls
    assert calls["batch.tasks.list"] <= calls["batch.jobs.list"]
    assert requests["download"] <= JOBS / 30, "manifests come in listings"
    assert sum(requests.values()) <= JOBS / 3, requests


@pytest.mark.parametrize("service", list(ServiceName), ids=lambda name: name.value)
def test_jobs_that_go_singly_share_the_requests_for_plans_and_manifests(
    world: World, folder: Path, service: ServiceName
) -> None:
    words = synthetic.write(folder, JOBS)
    run(world, folder, *words, "--lifesciences-array-size", "1", service=service.value)
    calls, requests = world.api.take_counts(), world.storage.take_counts()
    assert sum(calls[create] for create in CREATES if create in calls) == JOBS, calls
    assert requests["download"] <= JOBS / 30, "manifests come in listings"
    assert requests["upload"] <= JOBS / 2, "of plans there are two; the rest is the run's progress"
    assert sum(requests.values()) <= JOBS * 2 / 3, requests


def test_what_members_of_a_group_make_for_each_other_is_not_asked_about(
    world: World, folder: Path
) -> None:
    words = lay_out_samples(world, folder)
    groups = ("--groups", "align=sample", "describe=sample")
    run(world, folder, *words, *groups)
    requests, calls = world.storage.take_counts(), world.api.take_counts()
    assert calls["batch.jobs.create"] == 1, "the samples' groups are like"
    assert requests["list"] < SAMPLES, requests


def test_inputs_in_another_bucket_are_listed_by_folder_and_never_asked_about_one_by_one(
    world: World, folder: Path
) -> None:
    words = lay_out_samples(world, folder)
    run(world, folder, *words)
    requests = world.storage.take_counts()
    assert "get" not in requests, requests
    assert requests["list"] <= 2 + 1 + 2 + 2, "inbox, run, and each array when tasks have ended"
    assert requests["delete"] == SAMPLES + 1, "what is temporary, and Snakemake's sources"

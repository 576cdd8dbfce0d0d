"""Heads that follow one that was killed: what is in flight decides, whatever they know better."""

import random
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from google.cloud import storage

from headrace.records import decode_json
from headrace.services import connect
from headrace.services.protocol import RUN_LABEL, ServiceName
from headrace.staging.manifest import Manifest
from headrace.staging.plan import MANIFESTS_FOLDER
from localcloud.testing import LocalCloud
from tests.e2e.conftest import Head, cloned, make_head

KILLS = 8

FUSED = Path(__file__).parent / "fused"

GROWING = """
container: "docker://any-image"

rule all:
    input: "res/end.txt"

rule begin:
    output: "res/begin.txt"
    shell: "echo begun > {output}"

rule middle:
    input: "res/begin.txt"
    output: "res/middle.txt"
    resources: mem_mb=lambda wildcards, input: max(1000, input.size_mb)
    shell: "until [[ -e GATE ]]; do sleep 0.1; done; date +%N > {output}"

rule end:
    input: "res/middle.txt"
    output: "res/end.txt"
    shell: "cat {input} > {output}"
"""
"""What `middle` asks for is known once `begin` is done: only then could it be fused with `end`."""

PAIR = """
container: "docker://any-image"

rule all:
    input: "res/second.txt"

rule first:
    output: "res/first.txt"
    group: "pair"
    shell: "echo FIRST > {output}"

rule second:
    input: "res/first.txt"
    output: "res/second.txt"
    group: "pair"
    shell: "until [[ -e GATE ]]; do sleep 0.1; done; cat {input} > {output}"
"""

WRITER = """
container: "docker://any-image"

rule all:
    input: "res/text1.txt", "res/text2.txt"

rule write:
    output: "res/text{i}.txt"
    shell: "COMMAND > {output}"
"""


@pytest.fixture
def head(cloud: LocalCloud, client: storage.Client, tmp_path: Path, service: ServiceName) -> Head:
    return make_head(cloud, client, tmp_path, service, [])


def test_what_is_known_by_now_breaks_up_nothing_that_is_in_flight(
    head: Head, client: storage.Client, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    (tmp_path / "Snakefile").write_text(GROWING.replace("GATE", str(gate)))
    head.environment["HEADRACE_FUSE"] = "auto"
    with head.started():
        wait_for_words(head, "Submitted middle as")
    second = cloned(head)
    with second.started() as process:
        wait_for_words(second, "Taking up job middle-")
        gate.touch()
        assert process.wait(timeout=120) == 0, second.log.read_text()
    assert made_twice(client, head.run) == {}


def test_a_group_that_is_just_storing_its_results_is_waited_for_and_not_begun_again(
    head: Head, client: storage.Client, tmp_path: Path
) -> None:
    """The second head finds the first result, and believes that only the rest is to be done."""
    gate = tmp_path / "gate"
    (tmp_path / "Snakefile").write_text(PAIR.replace("GATE", str(gate)))
    with head.started():
        wait_for_words(head, "Submitted first+second as")
    head.bucket.blob(f"runs/{head.run}/res/first.txt").upload_from_string("FIRST\n")
    second = cloned(head)
    with second.started() as process:
        wait_for_words(second, "which does all of second")
        gate.touch()
        assert process.wait(timeout=120) == 0, second.log.read_text()
    assert head.text("res/second.txt") == "FIRST\n"
    assert made_twice(client, head.run) == {}


def test_what_an_outdated_job_makes_never_lies_over_what_is_made_now(
    head: Head, client: storage.Client, tmp_path: Path, cloud: LocalCloud, service: ServiceName
) -> None:
    gate = tmp_path / "gate"
    old = f"until [[ -e {gate} ]]; do sleep 0.1; done; echo old"
    (tmp_path / "Snakefile").write_text(WRITER.replace("COMMAND", old))
    alone = ("--lifesciences-array-size", "1")
    with head.started(*alone):
        wait_for_words(head, "Submitted write as", times=2)
    second = cloned(head)
    (second.folder / "Snakefile").write_text(WRITER.replace("COMMAND", "echo new"))
    result = second.snakemake(*alone)
    assert result.returncode == 0, result.stderr
    assert result.stderr.count("cancelled before it is made anew") == 2
    with closing(
        connect(service, project="local", region="us-central1", endpoint=cloud.url)
    ) as jobs:
        states = [report.state for report in jobs.list_jobs({RUN_LABEL: head.run})]
    assert sorted(state.value for state in states) == [*2 * ["cancelled"], *2 * ["succeeded"]]
    assert [head.text(f"res/text{i}.txt") for i in (1, 2)] == ["new\n", "new\n"]
    assert made_twice(client, head.run) == {}


@pytest.mark.parametrize("service", [ServiceName.BATCH], indirect=True)
def test_heads_killed_at_random_points_with_fused_jobs_in_flight_make_nothing_twice(
    head: Head, client: storage.Client
) -> None:
    """Every other head has lost its disk."""
    text = (
        (FUSED / "Snakefile")
        .read_text()
        .replace('shell:\n        "', 'shell:\n        "sleep 0.7; ')
    )
    (head.folder / "Snakefile").write_text(text)
    for name in "ab":
        client.bucket("inbox").blob(f"fused/{name}.txt").upload_from_string(f"read of {name}\n")
    head.environment["HEADRACE_FUSE"] = "auto"
    chance = random.Random(20261126)  # noqa: S311 # moments to kill at, no secrets
    for number in range(KILLS):
        with head.started():
            time.sleep(chance.uniform(1, 4.5))
        if number % 2:
            head = cloned(head)
    result = head.snakemake()
    assert result.returncode == 0, result.stderr
    assert len(head.text("res/verdict.txt").splitlines()) == 6
    assert made_twice(client, head.run) == {}


def wait_for_words(head: Head, text: str, times: int = 1) -> None:
    deadline = time.monotonic() + 60
    while head.log.read_text().count(text) < times:
        assert time.monotonic() < deadline, head.log.read_text()
        time.sleep(0.1)


def made_twice(client: storage.Client, run: str) -> dict[str, int]:
    """Return the results that more than one job has made, and how many."""
    manifests = [
        decode_json(blob.download_as_bytes(), Manifest, blob.name)
        for blob in client.list_blobs("results", prefix=f"work/{run}/{MANIFESTS_FOLDER}/")
    ]
    assert manifests
    made = Counter(uri for manifest in manifests for uri in manifest.results)
    return {uri: count for uri, count in made.items() if count > 1}

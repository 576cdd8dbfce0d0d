"""A head that is killed again and again: all is taken up, nothing that finished runs twice."""

import random
import time
from collections import Counter
from pathlib import Path

import pytest
from google.cloud import storage

from headrace.services.protocol import ServiceName
from localcloud.testing import LocalCloud
from tests.e2e.conftest import Head, cloned, make_head

KILLS = 20
"""Of a service: half of them with the disk kept, half with the disk lost."""

SNAKEFILE = """
container: "docker://any-image"

rule all:
    input: "res/end.txt"

rule begin:
    output: "res/{i}.begin.txt"
    shell: "sleep 3; date +%N > {output}"

rule member_one:
    input: "res/{i}.begin.txt"
    output: temp("res/{i}.one.txt")
    group: "pair"
    shell: "sleep 2; cat {input} > {output}"

rule member_two:
    input: "res/{i}.one.txt"
    output: "res/{i}.two.txt"
    group: "pair"
    shell: "sleep 2; cat {input} > {output}"

rule end:
    input: expand("res/{i}.two.txt", i=range(6))
    output: "res/end.txt"
    shell: "sleep 3; cat {input} > {output}"
"""


@pytest.fixture
def head(cloud: LocalCloud, client: storage.Client, tmp_path: Path, service: ServiceName) -> Head:
    made = make_head(cloud, client, tmp_path, service, [])
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    return made


@pytest.mark.parametrize("loses_disk", [False, True], ids=["same-disk", "new-disk"])
def test_a_head_killed_at_random_points_repeats_no_finished_job(
    head: Head, loses_disk: bool, client: storage.Client
) -> None:
    chance = random.Random(20261123 + loses_disk)  # noqa: S311 # moments to kill at, no secrets
    for _ in range(KILLS // 2):
        with head.started():
            time.sleep(chance.uniform(0.5, 4.5))
        if loses_disk:
            head = cloned(head)
    result = head.snakemake()
    assert result.returncode == 0, result.stderr
    assert len(head.text("res/end.txt").splitlines()) == 6
    assert repeated(client, head.run) == {}


def repeated(client: storage.Client, run: str) -> dict[str, int]:
    """Return the keys of jobs that have more than one manifest, and how often they ran.

    A manifest is named `RULE-KEY-START`, or of a task of an array `ARRAY/INDEX-KEY`.
    """
    names = (
        blob.name.removesuffix(".json").split("/")[3:]
        for blob in client.list_blobs("results", prefix=f"work/{run}/manifests/")
    )
    starts = Counter(
        name[-1].rpartition("-")[2] if len(name) > 1 else name[0].split("-")[-2] for name in names
    )
    return {key: count for key, count in starts.items() if count > 1}

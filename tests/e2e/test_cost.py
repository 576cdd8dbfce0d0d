"""What a run has cost, computed from its journal, is what the local cloud's bill says."""

import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from google.cloud import storage

from headrace import storage_client
from headrace.money.billing import run_cost
from headrace.money.records import RunCost
from headrace.planning.pricetable import BUILT_IN
from headrace.runs import journal
from headrace.services.protocol import RUN_LABEL, ServiceName
from localcloud.testing import LocalCloud
from tests.e2e.conftest import IMAGES, Head, make_head

BOOT, PULL, SCALE = 60, 20, 30
"""Seconds of the cloud, and how many of them pass in one real second."""

RULES = """
container: "docker://any-image"

rule all:
    input: expand("{sample}.sorted", sample=["s1", "s2"])

rule long:
    output: "{sample}.raw"
    resources: lifesciences_spot=lambda wildcards: wildcards.sample == "s2"
    shell: "sleep 2; echo {wildcards.sample} >{output}"

rule split:
    input: "{sample}.raw"
    output: "{sample}.split"
    group: "pair"
    shell: "sleep 1; cp {input} {output}"

rule sort:
    input: "{sample}.split"
    output: "{sample}.sorted"
    group: "pair"
    shell: "sleep 1; sort {input} >{output}"
"""


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    """A local cloud whose machines boot and pull as real ones do."""
    options = [f"--boot-seconds={BOOT}", f"--pull-seconds={PULL}", f"--time-scale={SCALE}"]
    with LocalCloud.start(buckets=["results"], images=IMAGES, options=options) as running:
        yield running


@pytest.fixture
def head(cloud: LocalCloud, tmp_path: Path, service: ServiceName) -> Iterator[Head]:
    client: storage.Client = storage_client.connect(cloud.project, cloud.storage_url)
    (tmp_path / "Snakefile").write_text(RULES)
    yield make_head(cloud, client, tmp_path, service, [])
    client.close()


def bill_of(cloud: LocalCloud, run: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{cloud.url}/_localcloud/bill", timeout=60) as answer:  # noqa: S310 - of this machine
        statement = json.load(answer)
    (label,) = [
        one for one in statement["labels"] if (one["key"], one["value"]) == (RUN_LABEL, run)
    ]
    return dict(label)


def cost_of(head: Head) -> RunCost:
    told = journal.read(head.text("jobs.json").encode(), "jobs.json")
    return run_cost(told, BUILT_IN, "us-central1", datetime.now(UTC))


def test_a_runs_cost_agrees_with_the_bill(cloud: LocalCloud, head: Head) -> None:
    labels = {RUN_LABEL: head.run, "headrace-rule": "long"}
    cloud.order_fault(job="*", labels=labels, do="preempt", nth=1, after=30)
    result = head.snakemake()
    assert result.returncode == 0, result.stderr
    cost, bill = cost_of(head), bill_of(cloud, head.run)

    assert cost.machines == bill["machines"] == cost.attempts == 5
    assert cost.preemptions == 1
    assert cost.amounts.compute == pytest.approx(bill["cost"], rel=0.02)
    assert cost.times.billed == pytest.approx(bill["billedSeconds"], rel=0.02)
    assert cost.times.boot == pytest.approx(5 * BOOT, rel=0.2)
    assert {part.name for part in cost.rules} == {"long", "split", "sort"}
    assert {part.name for part in cost.samples} == {"s1", "s2"}

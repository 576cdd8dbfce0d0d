"""What a run has cost, computed from its journal, is what the local cloud's bill says."""

import json
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from google.cloud import storage

from headrace import storage_client
from headrace.money.records import Estimate, RunCost
from headrace.records import decode_json
from headrace.services.protocol import RUN_LABEL, ServiceName
from localcloud.testing import LocalCloud
from tests.e2e.conftest import IMAGES, Head, make_head

BOOT, PULL, SCALE = 60, 20, 30
"""Seconds of the cloud, and how many of them pass in one real second."""

RULES = """
container: "docker://any-image"

rule all:
    input:
        expand("{sample}.sorted", sample=["s1", "s2"]),
        expand("{word}.like", word=["a", "b", "c"]),

rule like:
    output: "{word}.like"
    resources: runtime=1, lifesciences_array_minutes=2
    shell: "sleep 1; echo >{output}"

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


def bill_of(cloud: LocalCloud, run: str) -> dict[str, Any] | None:
    with urllib.request.urlopen(f"{cloud.url}/_localcloud/bill", timeout=60) as answer:  # noqa: S310 - of this machine
        statement = json.load(answer)
    labels = {(one["key"], one["value"]): dict(one) for one in statement["labels"]}
    return labels.get((RUN_LABEL, run))


@dataclass(frozen=True)
class Controlled:
    """A run that a controller carries out, as a program on this machine."""

    head: Head
    environment: dict[str, str]

    def carry_out(self, **request: Any) -> int:
        """Ask for the run, start its controller, and return the exit code."""
        asked = {
            "run_id": self.head.run,
            "rule": "test",
            "created": datetime.now(UTC).isoformat(),
            "image": "headrace-controller",
            "objects": [],
        }
        name = f"runs/{self.head.run}/run.json"
        self.head.bucket.blob(name).upload_from_string(json.dumps(asked | request))
        command = [sys.executable, "-m", "headrace.runs.controller", f"gs://results/{name}"]
        done = subprocess.run(command, env=self.environment, timeout=240, check=False)
        return done.returncode

    def command(self, *words: str) -> str:
        """Return what `headrace` says."""
        command = [sys.executable, "-m", "headrace.cli", *words]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=120, check=True
        )
        return done.stdout


@pytest.fixture
def controlled(cloud: LocalCloud, head: Head, tmp_path: Path) -> Controlled:
    home = tmp_path / "home"
    for folder in ("workflow", "config"):
        (home / folder).mkdir(parents=True)
    shutil.copytree(head.folder / "profiles", home / "profiles")
    (home / "workflow/Snakefile").write_text(RULES)
    environment = {
        **head.environment,
        "HEADRACE_PROJECT": cloud.project,
        "HEADRACE_REGION": "us-central1",
        "HEADRACE_RESULTS": "results",
        "HEADRACE_STAGE_IMAGE": "headrace-stage",
        "HEADRACE_CONTROLLER_IMAGE": "headrace-controller",
        "HEADRACE_WORKFLOW_HOME": str(home),
        "HEADRACE_PROFILE": "profiles/local",
        "HEADRACE_WORK": str(tmp_path / "work"),
    }
    return Controlled(head, environment)


@pytest.mark.parametrize("service", [ServiceName.BATCH], indirect=True)
def test_a_run_above_its_cap_starts_no_machine(cloud: LocalCloud, controlled: Controlled) -> None:
    assert controlled.carry_out(cap=0.01) == 1
    head = controlled.head
    sentence = json.loads(head.text("error.json"))["sentence"]
    assert "the cap of the run is 0.01 USD: no job was started" in sentence
    assert "The dearest at most: long" in sentence
    estimate = decode_json(head.text("estimate.json"), Estimate, "estimate.json")
    assert estimate.worst > 0.01
    assert bill_of(cloud, head.run) is None
    cost = decode_json(head.text("cost.json"), RunCost, "cost.json")
    assert cost.amounts.total == cost.controller.total > 0
    assert head.run in controlled.command("cost")


def test_a_runs_cost_agrees_with_the_bill(cloud: LocalCloud, controlled: Controlled) -> None:
    head = controlled.head
    labels = {RUN_LABEL: head.run, "headrace-rule": "long"}
    cloud.order_fault(job="*", labels=labels, do="preempt", nth=1, after=30)
    assert controlled.carry_out(cap=100) == 0
    cost, bill = decode_json(head.text("cost.json"), RunCost, "cost.json"), bill_of(cloud, head.run)
    assert bill is not None

    assert cost.machines == bill["machines"]
    assert cost.attempts == 5 + 3, "two machines for three tasks of an array, on Batch"
    assert cost.preemptions == 1
    compute = sum(part.amounts.compute for part in cost.rules)
    assert compute == pytest.approx(bill["cost"], rel=0.02)
    assert cost.times.billed == pytest.approx(bill["billedSeconds"], rel=0.02)
    assert cost.times.boot == pytest.approx(cost.machines * BOOT, rel=0.2)
    assert {part.name for part in cost.rules} == {"like", "long", "split", "sort"}
    assert {"s1", "s2"} <= {part.name for part in cost.samples}

    assert cost.ended
    assert cost.estimate is not None
    assert cost.estimate.actual < decode_json(head.text("estimate.json"), Estimate, "e").worst
    ledger = json.loads(controlled.command("caps", "--json"))
    (settled,) = [one for one in ledger["settled"] if one["run_id"] == head.run]
    assert settled["amount"] == pytest.approx(cost.amounts.total)
    assert head.run not in {one["run_id"] for one in ledger["open"]}
    assert "share" in controlled.command("advice")

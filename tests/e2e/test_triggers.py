"""Every kind of trigger from upload to finished run, while events come twice, late and never."""

import csv
import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from google.cloud import storage

from examples import local as stack
from headrace import storage_client
from localcloud.testing import LocalCloud
from tests.e2e.conftest import IMAGES, REPOSITORY

PARTS = REPOSITORY / "tests" / "e2e" / "arrivals"
RULES = PARTS / "triggers.yaml"
PATIENCE_SECONDS = 270
READS = gzip.compress(b"@read1\nACGT\n+\nFFFF\n")
OTHER_READS = gzip.compress(b"@read2\nACGT\n+\nFFFF\n")
TABLE = b"value,time\n1,2\n"
HOSTILE = [
    "single/$(touch PWNED).fastq.gz",
    "single/`touch PWNED`.fastq.gz",
    "single/a;touch PWNED;.fastq.gz",
    "single/a' || touch PWNED #.fastq.gz",
    'pairs/"; touch PWNED; "_R1.fastq.gz',
    "pairs/{0.__class__}_R1.fastq.gz",
    "single/a\ntouch PWNED\n.fastq.gz",
    "single/-rf.fastq.gz",
    "single/ünïcödé.fastq.gz",
    "single/" + "é" * 504 + ".fastq.gz",
]

Found = TypeVar("Found")


@dataclass(frozen=True)
class Installation:
    """A local cloud with the function in it."""

    cloud: LocalCloud
    client: storage.Client
    environment: dict[str, str]

    def upload(self, name: str, content: bytes = READS) -> None:
        self.client.bucket("inbox").blob(name).upload_from_string(content)

    def documents(self, prefix: str, file: str) -> dict[str, Any]:
        """Return the JSON objects that are called so, by the part of the name before."""
        return {
            blob.name.split("/")[1]: json.loads(blob.download_as_bytes())
            for blob in self.client.list_blobs("results", prefix=prefix)
            if blob.name.endswith(file)
        }

    def sheet(self, run: str) -> list[list[str]]:
        """Return what the workflow kept of the run's sheet."""
        blob = self.client.bucket("results").blob(f"runs/{run}/results/sheet.tsv")
        return list(csv.reader(io.StringIO(blob.download_as_text()), dialect="excel-tab"))

    def sweep(self) -> dict[str, str]:
        """Sweep the inbox as a person would; return what became of each object that was decided."""
        done = subprocess.run(
            [sys.executable, "-m", "headrace.cli", "sweep", "--json", "--rules", str(RULES)],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,  # 1 says that something could not be done yet
        )
        return {found["object"]: found["kind"] for found in json.loads(done.stdout)["found"]}


def wait_for(what: str, look: Callable[[], Found], enough: Callable[[Found], bool]) -> Found:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = look()
        if enough(found):
            return found
        time.sleep(0.5)
    pytest.fail(f"{what}: after {PATIENCE_SECONDS} s there is only {look()}")


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    home = tmp_path / "home"
    for room in ("workflow", "config"):
        (home / room).mkdir(parents=True)
    shutil.copy(PARTS / "Snakefile", home / "workflow")
    shutil.copytree(REPOSITORY / "profiles", home / "profiles")
    environment = {
        **stack.function_environment(),
        "HEADRACE_WORKFLOW_HOME": str(home),
        "HEADRACE_TRIGGERS": str(RULES),
    }
    with LocalCloud.start(
        buckets=["inbox", "results"],
        functions=[f"{REPOSITORY / 'trigger' / 'main.py'}:handle@inbox"],
        function_env=environment,
        images=IMAGES,
    ) as cloud:
        client = storage_client.connect(cloud.project, cloud.storage_url)
        yield Installation(cloud, client, {**environment, **cloud.environment})
        client.close()


def test_every_kind_runs_once_whatever_happens_to_its_events(installation: Installation) -> None:
    order = installation.cloud.order_fault
    order(object="inbox/*", do="duplicate", copies=3, times=4)
    order(object="inbox/pairs/a_R1*", do="delay", seconds=3)
    order(object="inbox/run/samplesheet.csv", do="hold", seconds=5)
    order(object="inbox/cells/*", do="drop", times=10)

    second = time.time() % 60
    time.sleep(61 - second if second > 40 else 0)  # so that both are of one window
    installation.upload("north/t1.csv", TABLE)
    installation.upload("north/t2.csv", TABLE)
    installation.upload("north/bad.csv", b"value\n1\n")
    installation.upload("single/s.fastq.gz")
    installation.upload("single/s.fastq.gz.md5", b"not for this")
    for name in HOSTILE:
        installation.upload(name)
    installation.upload("pairs/a_R2.fastq.gz")
    installation.upload("pairs/a_R1.fastq.gz")
    installation.upload("pairs/b_R1.fastq.gz")
    installation.upload("pairs/c_R1.fastq.gz")
    installation.upload("pairs/c_R2.fastq.gz", OTHER_READS)
    md5 = hashlib.md5(READS, usedforsecurity=False).hexdigest()
    sheet = f"fastq,bytes,md5,sample\nx.fastq.gz,{len(READS)},{md5},x\ny.fastq.gz,,,y\n"
    installation.upload("run/samplesheet.csv", sheet.encode())
    installation.upload("run/x.fastq.gz")
    for name in ("p", "q"):
        installation.upload(f"cells/fc1/{name}.fastq.gz")
    installation.upload("cells/fc1/CopyComplete.txt", b"done")
    assert installation.sweep()["cells/fc1/CopyComplete.txt"] == "started", "no event told of it"

    def complaints() -> dict[str, Any]:
        installation.sweep()
        return installation.documents("rejected/", ".json")

    refused = wait_for("complaints", complaints, lambda found: len(found) >= len(HOSTILE) + 3)
    reasons = {rejection["name"]: rejection["reason"] for rejection in refused.values()}
    assert set(reasons) == {
        *HOSTILE,
        "north/bad.csv",
        "pairs/c_R2.fastq.gz",
        "run/samplesheet.csv",
    }
    assert "no column 'time'" in reasons["north/bad.csv"]
    assert "they are no pair" in reasons["pairs/c_R2.fastq.gz"]
    assert "run/y.fastq.gz is not there" in reasons["run/samplesheet.csv"]
    installation.upload("run/y.fastq.gz")

    ends = wait_for(
        "runs",
        lambda: installation.documents("runs/", "/outputs.json"),
        lambda found: len(found) >= 5,
    )
    sheets = {run.partition("-")[0]: installation.sheet(run)[1:] for run in ends}
    assert sheets == {
        "one": [["s", "gs://inbox/single/s.fastq.gz"]],
        "pair": [["a", "gs://inbox/pairs/a_R1.fastq.gz", "gs://inbox/pairs/a_R2.fastq.gz"]],
        "listed": [["x", "gs://inbox/run/x.fastq.gz"], ["y", "gs://inbox/run/y.fastq.gz"]],
        "marked": [[name, f"gs://inbox/cells/fc1/{name}.fastq.gz"] for name in ("p", "q")],
        "window": [[name, f"gs://inbox/north/{name}.csv"] for name in ("t1", "t2")],
    }

    found = installation.sweep()
    assert "started" not in found.values()
    assert found["pairs/b_R1.fastq.gz"] == "waiting"
    assert set(installation.documents("runs/", "/run.json")) == set(ends)
    assert not list(installation.cloud.state_dir.rglob("PWNED"))

    installation.upload("single/s.fastq.gz", OTHER_READS)
    installation.client.bucket("inbox").blob("pairs/a_R2.fastq.gz").delete()
    requests = wait_for(
        "a run of the later upload",
        lambda: installation.documents("runs/", "/run.json"),
        lambda found: len(found) >= 6,
    )
    (later,) = set(requests) - set(ends)
    assert later.startswith("one-")
    assert requests[later]["predecessor"] in ends
    installation.sweep()
    assert len(installation.documents("runs/", "/run.json")) == 6, "a deletion starts nothing"

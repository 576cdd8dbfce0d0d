"""From an upload to verdicts: nothing is done but uploading, on both services."""

import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3
from google.cloud import storage

from examples import local as stack
from examples.sequencing import evaluate
from headrace import storage_client
from headrace.services.protocol import ServiceName
from localcloud.testing import LocalCloud
from tests.e2e.conftest import IMAGES, PROGRAMS, REPOSITORY

RUN_SECONDS = 240
HOSTILE = "lab/$(touch PWNED)_L001_R1.fastq.gz"


@dataclass(frozen=True)
class Inbox:
    """A local cloud with the function in it, and what a user sees of it."""

    cloud: LocalCloud
    client: storage.Client
    data: Path

    def upload(self, name: str, content: bytes) -> None:
        """Upload an object to the inbox."""
        self.client.bucket("inbox").blob(name).upload_from_string(content)

    def read(self, name: str) -> bytes:
        """Return an object of the results bucket."""
        content: bytes = self.client.bucket("results").blob(name).download_as_bytes()
        return content

    def runs(self) -> set[str]:
        """Return the ids of all runs."""
        names = (blob.name for blob in self.client.list_blobs("results", prefix="runs/"))
        return {name.split("/")[1] for name in names if name.count("/") > 1}

    def refused(self, count: int) -> dict[str, str]:
        """Wait until this many uploads were refused; return the reasons by name."""
        deadline = time.monotonic() + RUN_SECONDS
        while time.monotonic() < deadline:
            blobs = self.client.list_blobs("results", prefix="rejected/")
            found = [json.loads(blob.download_as_bytes()) for blob in blobs]
            if len(found) >= count:
                return {refusal["name"]: refusal["reason"] for refusal in found}
            time.sleep(0.5)
        pytest.fail(f"{count} uploads were not refused in {RUN_SECONDS} s")

    def last_page(self, run: str) -> str:
        """Wait until the run's page tells of its end, which is written after the end itself."""
        deadline = time.monotonic() + RUN_SECONDS
        while time.monotonic() < deadline:
            page = self.read(f"runs/{run}/index.html").decode()
            if "All jobs are done" in page:
                return page
            time.sleep(0.5)
        pytest.fail(f"the page of {run} does not tell of its end in {RUN_SECONDS} s")

    def ended(self, count: int) -> dict[str, dict[str, object]]:
        """Wait until this many runs have ended; return outputs.json or error.json by run."""
        deadline = time.monotonic() + RUN_SECONDS
        while time.monotonic() < deadline:
            ends = {
                blob.name.split("/")[1]: json.loads(blob.download_as_bytes())
                for blob in self.client.list_blobs("results", prefix="runs/")
                if blob.name.split("/")[2:] in (["outputs.json"], ["error.json"])
            }
            if len(ends) >= count:
                return ends
            time.sleep(0.5)
        pytest.fail(f"{self.runs()} did not end in {RUN_SECONDS} s")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("sample") / "data"
    command = [sys.executable, "-m", "examples.sequencing.simulate", "--out", str(made)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    return made


@pytest.fixture
def inbox(data: Path, service: ServiceName) -> Iterator[Inbox]:
    environment = {**stack.function_environment(), "HEADRACE_SERVICE": service.value}
    with LocalCloud.start(
        buckets=["inbox", "results"],
        functions=[f"{REPOSITORY / 'trigger' / 'main.py'}:handle@inbox"],
        function_env=environment,
        images=IMAGES,
    ) as cloud:
        client = storage_client.connect(cloud.project, cloud.storage_url)
        client.bucket("inbox").blob(stack.REFERENCE).upload_from_filename(data / "genome.fa")
        yield Inbox(cloud, client, data)
        client.close()


def reads(data: Path, sample: str, mate: int) -> bytes:
    return (data / "reads" / f"{sample}_L001_R{mate}.fastq.gz").read_bytes()


def test_uploads_become_verdicts_whatever_is_uploaded_beside_them(
    inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(PROGRAMS), prepend=os.pathsep)  # bcftools, to compare calls
    inbox.upload(HOSTILE, b"x")
    inbox.upload("lab/notes.txt", b"not reads")
    for mate in (1, 2):
        inbox.upload(f"lab/good_L001_R{mate}.fastq.gz", reads(inbox.data, "good", mate))
    torn = reads(inbox.data, "good", 2)
    inbox.upload("lab/torn_L001_R2.fastq.gz", torn[: len(torn) // 2])
    inbox.upload("lab/torn_L001_R1.fastq.gz", reads(inbox.data, "good", 1))
    inbox.upload("lab/alone_L001_R1.fastq.gz", gzip.compress(b""))

    ends = inbox.ended(1)
    verdicts = {
        verdict["sample"]: (run, verdict)
        for run, end in ends.items()
        for verdict in end["verdicts"]  # type: ignore[attr-defined]
    }
    assert set(verdicts) == {"good"}, "neither an incomplete nor a bad pair starts anything"
    run, good = verdicts["good"]
    assert (good["verdict"], good["reasons"]) == ("PASS", [])

    page = inbox.last_page(run)
    assert "Verdicts: 1 PASS." in page
    assert "./report/multiqc.html" in page

    report = inbox.read(f"runs/{run}/report/multiqc.html").decode()
    assert "good" in report
    assert "Traceback" not in inbox.read(f"runs/{run}/logs/controller.log").decode()
    assert_calls_equal_the_truth(inbox, run, tmp_path)

    refused = inbox.refused(3)
    assert "could be read as commands" in refused[HOSTILE]
    assert "its end is missing" in refused["lab/torn_L001_R2.fastq.gz"]
    assert "it holds no reads" in refused["lab/alone_L001_R1.fastq.gz"]
    assert not list(inbox.cloud.state_dir.rglob("PWNED"))


def test_a_duplicate_event_and_a_repeated_upload(inbox: Inbox) -> None:
    """The same event again starts nothing; the same bytes uploaded again are a new run."""
    for mate in (1, 2):
        inbox.upload(f"lab/bad_L001_R{mate}.fastq.gz", reads(inbox.data, "bad", mate))
    (first,) = inbox.ended(1)
    event = inbox.client.bucket("inbox").get_blob("lab/bad_L001_R2.fastq.gz")
    for _ in range(3):
        deliver(inbox, event)
    assert inbox.runs() == {first}

    inbox.upload("lab/bad_L001_R2.fastq.gz", reads(inbox.data, "bad", 2))
    ends = inbox.ended(2)
    assert len(ends) == 2
    names = [blob.name for blob in inbox.client.list_blobs("results")]
    assert [name.split("/")[2] for name in names if name.endswith("made.json")] == [first]
    indexing = [name.split("/")[1] for name in names if name.endswith("logs/index_reference.log")]
    assert indexing == [first], "the second run uses the indices of the first"
    reasons = " ".join(ends[first]["verdicts"][0]["reasons"])  # type: ignore[index]
    assert all(word in reasons for word in ("Q30", "Mapped reads", "Duplicates"))


def deliver(inbox: Inbox, blob: storage.Blob) -> None:
    """Send a storage event as Eventarc does, straight to the function."""
    (function,) = inbox.cloud.state.functions.values()
    body = json.dumps(blob._properties).encode()
    headers = {
        "Content-Type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": "again",
        "ce-type": "google.cloud.storage.object.v1.finalized",
        "ce-source": f"//storage.googleapis.com/projects/_/buckets/{blob.bucket.name}",
        "ce-subject": f"objects/{blob.name}",
        "ce-bucket": blob.bucket.name,
    }
    assert urllib3.request("POST", function.url, body=body, headers=headers).status == 200


def assert_calls_equal_the_truth(inbox: Inbox, run: str, folder: Path) -> None:
    calls = folder / "good.vcf.gz"
    calls.write_bytes(inbox.read(f"runs/{run}/results/variants/good.vcf.gz"))
    found = evaluate.evaluate(inbox.data / "truth/good.vcf", calls, inbox.data / "genome.fa")
    assert found["SNV"].recall >= 0.95
    assert found["indel"].recall >= 0.9
    assert min(accuracy.precision for accuracy in found.values()) >= 0.98

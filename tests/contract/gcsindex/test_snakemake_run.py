"""Snakemake itself with this provider: real runs of local rules over a real storage server."""

import re
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest
from google.cloud import storage

SNAKEFILE = """
SAMPLES = ["a", "b", "c"]

rule all:
    input: expand("out/{sample}.txt", sample=SAMPLES), "dir/list.txt"

rule copy:
    input: storage(config["inbox"] + "/in/{sample}.txt")
    output: temp("mid/{sample}.txt")
    log: "logs/{sample}.log"
    shell: "cat {input} > {output} 2> {log}"

rule upper:
    input: "mid/{sample}.txt"
    output: "out/{sample}.txt"
    shell: "tr a-z A-Z < {input} > {output}"

rule tree:
    input: "out/a.txt"
    output: directory("tree")
    shell: "mkdir -p {output}/sub && cp {input} {output}/one && cp {input} {output}/sub/two"

rule empty:
    output: directory("none")
    shell: "mkdir {output}"

rule count:
    input: "tree", "none"
    output: "dir/list.txt"
    shell: "find {input} -type f -not -name '.snakemake*' | wc -l > {output}"
"""

WIDE_SNAKEFILE = """
rule all:
    input: expand("out/{n}.txt", n=range(300))

rule one:
    input: storage(config["inbox"] + "/in/{n}.txt")
    output: "out/{n}.txt"
    shell: "cp {input} {output}"
"""


@dataclass(frozen=True)
class Workflow:
    folder: Path
    inbox: storage.Bucket
    results: storage.Bucket
    endpoint: str
    server_log: Path

    def run(self, *arguments: str) -> str:
        """Run Snakemake to its good end and return what it says."""
        done = self.start(f"gs://{self.results.name}/runs/x", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def start(self, prefix: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "snakemake", "--cores", "2", "--nocolor", *arguments]
        command += ["--default-storage-provider", "gcsindex", "--default-storage-prefix", prefix]
        command += ["--storage-gcsindex-prefix", prefix]
        command += ["--storage-gcsindex-endpoint", self.endpoint]
        command += ["--config", f"inbox=gs://{self.inbox.name}"]
        return subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=120
        )

    def put(self, name: str, text: str) -> None:
        self.inbox.blob(name).upload_from_string(text)

    def read(self, name: str) -> str:
        content: bytes = self.results.blob(f"runs/x/{name}").download_as_bytes()
        return content.decode()

    def results_names(self) -> list[str]:
        return [blob.name.removeprefix("runs/x/") for blob in self.results.list_blobs()]

    def list_requests(self) -> int:
        """How many pages of objects the server was asked for so far, in the two buckets."""
        buckets = f"{self.inbox.name}|{self.results.name}"
        return len(re.findall(rf"GET /storage/v1/b/(?:{buckets})/o\?", self.server_log.read_text()))


def _workflow(
    folder: Path, snakefile: str, client: storage.Client, endpoint: str, server_log: Path
) -> Workflow:
    (folder / "Snakefile").write_text(snakefile)
    end = uuid.uuid4().hex[:8]
    inbox, results = client.create_bucket(f"inbox-{end}"), client.create_bucket(f"results-{end}")
    return Workflow(folder, inbox, results, endpoint, server_log)


@pytest.fixture(scope="module")
def finished(
    tmp_path_factory: pytest.TempPathFactory,
    client: storage.Client,
    endpoint: str,
    server_log: Path,
) -> Workflow:
    """A workflow that ran once; every test leaves it up to date."""
    folder = tmp_path_factory.mktemp("workflow")
    workflow = _workflow(folder, SNAKEFILE, client, endpoint, server_log)
    for sample in "abc":
        workflow.put(f"in/{sample}.txt", f"reads of {sample}")
    workflow.run()
    return workflow


def test_results_directories_and_logs_are_stored_and_temporary_files_are_gone(
    finished: Workflow,
) -> None:
    assert finished.results_names() == [
        "dir/list.txt",
        *(f"logs/{sample}.log" for sample in "abc"),
        "none",
        *(f"out/{sample}.txt" for sample in "abc"),
        "tree/one",
        "tree/sub/two",
    ]
    assert finished.read("out/a.txt") == "READS OF A"
    assert finished.read("dir/list.txt").strip() == "2"


def test_nothing_is_left_to_do_and_two_pages_tell(finished: Workflow) -> None:
    before = finished.list_requests()
    assert "Nothing to be done" in finished.run("--dry-run")
    assert finished.list_requests() - before == 2


def test_a_changed_input_makes_its_own_results_again(finished: Workflow) -> None:
    finished.put("in/b.txt", "other reads")
    planned = finished.run("--dry-run")
    assert re.search(r"copy +1\n", planned)
    assert re.search(r"upper +1\n", planned)
    assert "count " not in planned
    finished.run()
    assert finished.read("out/b.txt") == "OTHER READS"
    assert "Nothing to be done" in finished.run("--dry-run")


def test_touched_results_are_up_to_date_again(finished: Workflow) -> None:
    finished.put("in/c.txt", "reads of c")
    before = finished.read("out/c.txt")
    assert "Nothing to be done" not in finished.run("--dry-run")
    finished.run("--touch")
    assert "Nothing to be done" in finished.run("--dry-run")
    assert finished.read("out/c.txt") == before


def test_a_missing_results_bucket_ends_snakemake_with_a_sentence(finished: Workflow) -> None:
    done = finished.start("gs://no-such-bucket/runs/x", "--dry-run")
    assert done.returncode == 1
    assert "no bucket 'no-such-bucket'. Check the name" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_three_hundred_jobs_are_planned_with_two_pages(
    tmp_path: Path, client: storage.Client, endpoint: str, server_log: Path
) -> None:
    workflow = _workflow(tmp_path, WIDE_SNAKEFILE, client, endpoint, server_log)
    for n in range(300):
        workflow.put(f"in/{n}.txt", "x")
    before = workflow.list_requests()
    assert re.search(r"one +300\n", workflow.run("--dry-run", "--quiet", "rules"))
    assert workflow.list_requests() - before == 2

"""The controller as a program: real storage, real Snakemake, a workflow of three rules."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from headrace import storage_client
from headrace.gcs import ObjectUri
from headrace.runs import workspace
from headrace.runs.cloudstore import CloudStore
from tests.contract import storage_server

SNAKEFILE = """
configfile: "config/config.yaml"

SAMPLES = open("config/samples.tsv").read().split()[1:]

rule all:
    input: expand("results/{sample}.txt", sample=SAMPLES)

rule count:
    output: "results/{sample}.txt"
    shell: "test {config[word]} != bad && echo $HEADRACE_RUN {config[word]} > {output}"

rule slow:
    output: "slow.txt"
    shell: "sleep {config[seconds]}; touch {output}"
"""
VERDICTS = [{"sample": "s1", "verdict": "PASS", "reasons": [], "metrics": {"depth": 31.5}}]


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a storage server with an empty results bucket."""
    with storage_server.running(tmp_path_factory.mktemp("storage") / "server.log") as address:
        client = storage_client.connect("project", address)
        client.create_bucket("results")
        client.close()
        yield address


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A workflow's home whose profile runs jobs on the spot."""
    home = tmp_path / "home"
    for folder in ("workflow", "config", "profiles/here"):
        (home / folder).mkdir(parents=True)
    (home / "workflow/Snakefile").write_text(SNAKEFILE)
    (home / "config/config.yaml").write_text("word: good\nseconds: 60\n")
    (home / "profiles/here/config.yaml").write_text("cores: 1\nkeep-going: true\n")
    return home


class Run:
    """A run's folder in the results bucket, and its controller."""

    def __init__(self, endpoint: str, home: Path, tmp_path: Path) -> None:
        self.store = CloudStore(endpoint=endpoint)
        self.id = f"lines-{uuid.uuid4().hex[:20]}"
        self.folder = ObjectUri("results", f"runs/{self.id}")
        self.work = tmp_path / "work"
        self.work.mkdir()
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "STORAGE_EMULATOR_HOST": endpoint,
            "HEADRACE_PROJECT": "project",
            "HEADRACE_REGION": "region",
            "HEADRACE_RESULTS": "results",
            "HEADRACE_STAGE_IMAGE": "stage",
            "HEADRACE_CONTROLLER_IMAGE": "controller",
            "HEADRACE_WORKFLOW_HOME": str(home),
            "HEADRACE_PROFILE": "profiles/here",
            workspace.WORK_VARIABLE: str(self.work),
        }

    def ask(self, **change: Any) -> None:
        """Write the run's request."""
        document = {
            "run_id": self.id,
            "rule": "lines",
            "created": "2026-01-01T00:00:00Z",
            "image": "controller",
            "objects": [],
            "sheet": {
                "path": "config/samples.tsv",
                "columns": ["sample"],
                "rows": [["s1"], ["s2"]],
            },
        }
        self.store.write(self.folder / "run.json", json.dumps(document | change).encode())

    def start(self, **environment: str) -> "subprocess.Popen[str]":
        """Start the controller."""
        return subprocess.Popen(
            [sys.executable, "-m", "headrace.runs.controller", str(self.folder / "run.json")],
            env=self._environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def carry_out(self, **environment: str) -> int:
        """Let the controller do its work, and return its exit code."""
        with self.start(**environment) as process:
            process.communicate(timeout=120)
            return process.returncode

    def document(self, name: str) -> Any:
        """Read a document of the run's folder."""
        return json.loads(self.store.read(self.folder / name))

    def names(self) -> list[str]:
        """Return the names in the run's folder."""
        prefix = f"{self.folder.name}/"
        objects = self.store.list_objects(self.folder / "")
        return [stored.uri.name.removeprefix(prefix) for stored in objects]


@pytest.fixture
def run(endpoint: str, home: Path, tmp_path: Path) -> Run:
    return Run(endpoint, home, tmp_path)


def test_a_run_that_goes_well_leaves_outputs(run: Run) -> None:
    run.ask(config={"word": "better"})
    run.store.write(run.folder / "results/verdicts.json", json.dumps(VERDICTS).encode())
    assert run.carry_out() == 0
    end = run.document("outputs.json")
    assert end["run_id"] == run.id
    assert end["verdicts"] == VERDICTS
    assert end["jobs"] == 3
    assert (run.work / "run/results/s2.txt").read_text() == f"{run.id} better\n"
    assert "3 of 3 steps" in run.store.read(run.folder / "logs/controller.log").decode()
    assert "error.json" not in run.names()


def test_a_run_leaves_a_page_and_its_provenance_with_the_workflow_it_ran(run: Run) -> None:
    run.ask(config={"word": "better"})
    assert run.carry_out() == 0
    assert run.document("outputs.json")["jobs"] == 3
    page = run.store.read(run.folder / "index.html").decode()
    assert "All jobs are done" in page
    assert './ro-crate-metadata.json"' in page
    assert run.store.read(run.folder / "workflow/Snakefile").decode() == SNAKEFILE
    graph = {entity["@id"]: entity for entity in run.document("ro-crate-metadata.json")["@graph"]}
    assert graph["#run"]["instrument"] == {"@id": "workflow/Snakefile"}
    assert "config/config.yaml" in graph
    index = run.store.read(ObjectUri("results", "runs/index.html")).decode()
    assert f'href="./{run.id}/index.html"' in index


def test_targets_of_the_request_are_what_is_made(run: Run) -> None:
    run.ask(targets=["results/s2.txt"])
    assert run.carry_out() == 0
    assert run.document("outputs.json")["jobs"] == 1


def test_failed_jobs_are_told_in_the_error(run: Run) -> None:
    run.ask(config={"word": "bad"})
    assert run.carry_out() == 1
    end = run.document("error.json")
    assert end["exit_code"] == 1
    assert {job["wildcards"]["sample"] for job in end["failed_jobs"]} == {"s1", "s2"}
    assert end["sentence"].startswith("2 jobs failed: count (sample=s")
    assert "Error in rule count" in run.store.read(ObjectUri.parse(end["log"])).decode()
    assert "outputs.json" not in run.names()


def test_a_workflow_that_cannot_start_is_told_in_the_error(run: Run, home: Path) -> None:
    (home / "workflow/Snakefile").write_text("raise ValueError('no reference was given')\n")
    run.ask()
    assert run.carry_out() == 1
    end = run.document("error.json")
    assert "no reference was given" in end["sentence"]
    assert end["failed_jobs"] == []


def test_a_wrong_request_is_told_in_the_error(run: Run) -> None:
    run.ask(tragets=["all"])
    assert run.carry_out() == 1
    end = run.document("error.json")
    assert "did you mean 'targets'?" in end["sentence"]
    assert end["exit_code"] is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"version": 2, "key_of_later": 1}, "version 2 is not known here"),
        ({"image": "controller@sha256:other"}, "asks for the controller image"),
    ],
)
def test_a_request_of_another_release_is_told_in_the_error(
    run: Run, change: dict[str, Any], reason: str
) -> None:
    run.ask(**change)
    assert run.carry_out() == 1
    assert reason in run.document("error.json")["sentence"]


def test_a_request_that_is_not_there_is_told_in_the_error(run: Run) -> None:
    assert run.carry_out() == 1
    assert "There is no gs://results/runs/" in run.document("error.json")["sentence"]


def test_a_missing_setting_is_told_in_the_error(run: Run) -> None:
    run.ask()
    assert run.carry_out(HEADRACE_REGION="") == 1
    assert "set HEADRACE_REGION" in run.document("error.json")["sentence"]


def stop_it(run: Run, stop: Callable[["subprocess.Popen[str]"], None]) -> None:
    """Start the controller of `slow.txt` and stop something while that is being made."""
    with run.start() as process:
        log = run.work / "controller.log"
        while not (log.exists() and "localrule slow" in log.read_text()):
            assert process.poll() is None
            time.sleep(0.05)
        stop(process)
        assert process.wait(timeout=60) == 1
        process.communicate()


def terminate(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGTERM)


def kill_its_child(process: "subprocess.Popen[str]") -> None:
    children = Path(f"/proc/{process.pid}/task").glob("*/children")
    (child,) = (int(pid) for file in children for pid in file.read_text().split())
    os.kill(child, signal.SIGKILL)


def test_snakemake_that_is_killed_leaves_an_error(run: Run) -> None:
    run.ask(targets=["slow.txt"])
    stop_it(run, kill_its_child)
    end = run.document("error.json")
    assert "Snakemake was killed" in end["sentence"]
    assert end["exit_code"] == -signal.SIGKILL


def test_a_controller_that_is_told_to_stop_leaves_an_error(run: Run) -> None:
    run.ask(targets=["slow.txt"])
    stop_it(run, terminate)
    assert "told to stop" in run.document("error.json")["sentence"]
    assert "localrule slow" in run.store.read(run.folder / "logs/controller.log").decode()


def test_a_controller_on_a_spot_machine_leaves_the_end_to_its_successor(run: Run) -> None:
    run.ask(targets=["slow.txt"], config={"seconds": 60}, controller={"spot": True})
    stop_it(run, terminate)
    assert not {"error.json", "outputs.json"} & set(run.names())
    shutil.rmtree(run.work)
    run.work.mkdir()
    run.ask(targets=["slow.txt"], config={"seconds": 0}, controller={"spot": True})
    assert run.carry_out() == 0
    assert run.document("outputs.json")["jobs"] == 1
    former = run.store.read(run.folder / "logs/controller-1.log").decode()
    assert "localrule slow" in former
    assert "1 of 1 steps" not in former


@pytest.mark.parametrize("address", ["results/x", "gs://results/runs/x/outputs.json"])
def test_an_address_of_something_else_is_one_sentence(address: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "headrace.runs.controller", address],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"headrace-controller: '{address}' is no")
    assert len(ended.stderr.splitlines()) == 1

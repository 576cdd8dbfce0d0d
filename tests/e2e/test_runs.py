"""What people do with runs: stop them, let them go on, and lose their controllers."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from google.cloud import storage

from headrace.arrivals.claims import Starter
from headrace.commands import place
from headrace.errors import ObjectMissingError
from headrace.gcs import ObjectUri
from headrace.notices.channels import CHANNELS_FILE
from headrace.records import decode_json, encode_json
from headrace.runs.cloudstore import CloudStore
from headrace.runs.controllers import CONTROLLERS
from headrace.runs.records import ControllerTerms, Notify, RunRequest, run_folder
from headrace.services.protocol import RUN_LABEL, ServiceName
from headrace.settings import Settings
from localcloud.testing import LocalCloud
from tests.e2e.conftest import IMAGES, REPOSITORY

WAIT_SECONDS = 240
SNAKEFILE = """
configfile: "config/config.yaml"
container: "docker://any-image"

rule all:
    input: "results/c.txt"

rule a:
    output: "results/a.txt"
    shell: "date +%N > {output}"

rule b:
    input: "results/a.txt"
    output: "results/b.txt"
    shell: "test ! -e {config[bar]}; sleep {config[seconds]}; cat {input} > {output}"

rule c:
    input: "results/a.txt", "results/b.txt"
    output: "results/c.txt"
    shell: "cat {input} > {output}"
"""
CHANNELS = b"""
channels:
  lab: { kind: webhook, url: { secret: projects/lab/secrets/hook/versions/1 } }
"""


class Webhook(BaseHTTPRequestHandler):
    """Keeps the notices that it is sent."""

    got: list[dict[str, Any]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append(json.loads(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as it is called
        """Say nothing."""


@dataclass(frozen=True)
class Hook:
    """The lab's webhook: its address, which is a secret, and what has come."""

    url: str
    notices: list[dict[str, Any]]


@pytest.fixture(scope="module")
def hook() -> Iterator[Hook]:
    got: list[dict[str, Any]] = []
    handler = type("Handler", (Webhook,), {"got": got})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield Hook(f"http://127.0.0.1:{server.server_port}/services/T0", got)
        server.shutdown()


@pytest.fixture(scope="module")
def cloud(hook: Hook, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A local cloud whose Secret Manager knows the webhook."""
    secrets = tmp_path_factory.mktemp("cloud") / "secrets.json"
    secrets.write_text(json.dumps({"projects/lab/secrets/hook/versions/1": hook.url}))
    options = [f"--secrets={secrets}"]
    with LocalCloud.start(buckets=["inbox", "results"], images=IMAGES, options=options) as running:
        yield running


@dataclass(frozen=True)
class Lab:
    """An installation with a workflow of three rules, and what people type in it."""

    settings: Settings
    environment: Mapping[str, str]
    store: CloudStore
    bar: Path

    def start(self, *, seconds: float = 0, notify: bool = False, **terms: int) -> str:
        """Start a run whose second rule takes so long, and fails while there is a bar."""
        request = RunRequest(
            run_id=f"three-{uuid4().hex[:20]}",
            rule="three",
            created=datetime.now(UTC),
            image=self.settings.controller_image,
            objects=[],
            config={"seconds": seconds, "bar": str(self.bar)},
            notify=[Notify(channel="lab")] if notify else [],
            controller=ControllerTerms(**terms),  # type: ignore[arg-type]
        )
        service = place.service(self.settings)
        Starter(self.settings, self.store, service).start(request, datetime.now(UTC))
        service.close()
        return request.run_id

    def headrace(self, *words: str, code: int = 0) -> str:
        """Type a command and return what it says."""
        ended = subprocess.run(
            [sys.executable, "-m", "headrace.cli", *words],
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=WAIT_SECONDS,
            check=False,
        )
        assert ended.returncode == code, ended.stdout + ended.stderr
        return ended.stdout

    def document(self, run: str, name: str) -> dict[str, Any]:
        """Return a document of a run, empty if it is not there."""
        try:
            found: dict[str, Any] = json.loads(
                self.store.read(run_folder(self.settings.results, run) / name)
            )
        except ObjectMissingError:
            return {}
        return found

    def ended(self, run: str) -> dict[str, Any]:
        """Wait for the run's end, and return it."""
        wait(lambda: bool(self.document(run, "outputs.json") or self.document(run, "error.json")))
        return self.document(run, "outputs.json") or self.document(run, "error.json")

    def running(self, run: str) -> list[str]:
        """Return the rules at work."""
        return [job["rule"] for job in self.document(run, "status.json").get("running", [])]

    def executed(self, run: str, client: storage.Client) -> Counter[str]:
        """Count the jobs that ran for a run, by rule."""
        manifests = client.list_blobs("results", prefix=f"work/{run}/manifests/")
        return Counter(blob.name.split("/")[3].split("-")[0] for blob in manifests)


@pytest.fixture
def lab(cloud: LocalCloud, tmp_path: Path, service: ServiceName) -> Lab:
    home = tmp_path / "home"
    (home / "workflow").mkdir(parents=True)
    (home / "config").mkdir()
    (home / "workflow/Snakefile").write_text(SNAKEFILE)
    (home / "config/config.yaml").write_text("seconds: 0\nbar: /none\n")
    shutil.copytree(REPOSITORY / "profiles/local", home / "profiles/local")
    environment = {
        **os.environ,
        **cloud.environment,
        "HEADRACE_SERVICE": service.value,
        "HEADRACE_WORKFLOW_HOME": str(home),
    }
    settings = place.find(want_local=False, environ=environment)
    store = CloudStore(settings.project, settings.storage_endpoint)
    return Lab(settings, environment, store, tmp_path / "bar")


on_batch = pytest.mark.parametrize("service", [ServiceName.BATCH], ids=["batch"])


@on_batch
def test_a_cancelled_run_stops_and_goes_on_under_a_new_id_without_repeating_anything(
    lab: Lab, client: storage.Client
) -> None:
    run = lab.start(seconds=300)
    wait(lambda: "b" in lab.running(run))
    said = lab.headrace("runs", "cancel", run, "--reason", "wrong samples")
    assert "2 jobs were stopped" in said
    assert "wrong samples" in lab.document(run, "error.json")["sentence"]
    assert "had ended before; 0 jobs" in lab.headrace("runs", "cancel", run)
    assert lab.headrace("runs", "list", "--state", "cancelled", "--json").count(run) == 1
    # The request travels with the run, so the long sleep is taken out of it by hand.
    again = again_with(lab, run, seconds=0)
    assert lab.ended(again)["jobs"] == 3
    assert lab.executed(run, client)["a"] == 1
    assert lab.executed(again, client) == {"b": 1, "c": 1}


@on_batch
def test_a_run_that_failed_goes_on_and_tells_of_each_end_once(
    lab: Lab, client: storage.Client, hook: Hook
) -> None:
    lab.store.write(ObjectUri("results", CHANNELS_FILE), CHANNELS)
    lab.bar.touch()
    run = lab.start(notify=True)
    assert "1 job failed: b" in lab.ended(run)["sentence"]
    lab.bar.unlink()
    again = lab.headrace("runs", "rerun", run).strip()
    assert lab.headrace("runs", "rerun", run).splitlines()[0] == again
    assert lab.ended(again)["jobs"] == 3
    assert lab.executed(again, client) == {"b": 1, "c": 1}

    def told() -> list[tuple[str, str]]:
        return [
            (notice["run_id"], notice["event"])
            for notice in hook.notices
            if notice["run_id"] in {run, again}
        ]

    wait(lambda: len(told()) >= 2)
    assert told() == [(run, "failed"), (again, "finished")]
    failed = next(notice for notice in hook.notices if notice["run_id"] == run)
    assert f"headrace runs rerun {run}" in failed["next_step"]


def test_a_controller_that_was_killed_gets_a_successor_that_repeats_nothing(
    lab: Lab, client: storage.Client
) -> None:
    run = lab.start(seconds=6)
    wait(lambda: "b" in lab.running(run))
    kill(run)
    wait(lambda: "start 2 was started" in lab.headrace("sweep"))
    assert lab.ended(run)["jobs"] >= 1
    assert lab.executed(run, client) == {"a": 1, "b": 1, "c": 1}
    assert lab.document(run, "start-2.json")["run_id"] == run


@on_batch
def test_a_controller_whose_spot_machine_is_taken_away_gets_a_successor(
    lab: Lab, client: storage.Client, cloud: LocalCloud
) -> None:
    labels = {RUN_LABEL: CONTROLLERS}
    cloud.order_fault(job="three-*", labels=labels, do="preempt", after=6)
    run = lab.start(seconds=10, spot=True)
    wait(lambda: "start 2 was started" in lab.headrace("sweep"))
    assert lab.ended(run)["jobs"] >= 1
    assert lab.executed(run, client) == {"a": 1, "b": 1, "c": 1}


@pytest.mark.parametrize("service", [ServiceName.LIFESCIENCES], ids=["lifesciences"])
def test_two_controllers_of_one_run_do_each_job_once(lab: Lab, client: storage.Client) -> None:
    """As where one is believed lost and is not; Life Sciences itself would take every job twice."""
    run = lab.start(seconds=4)
    uri = run_folder(lab.settings.results, run) / "run.json"
    request = decode_json(lab.store.read(uri), RunRequest, str(uri))
    service = place.service(lab.settings)
    Starter(lab.settings, lab.store, service).restart(request, 2, datetime.now(UTC))
    wait(lambda: all(report.state.ended for report in service.list_jobs({RUN_LABEL: CONTROLLERS})))
    service.close()
    assert lab.document(run, "outputs.json")["jobs"] >= 1
    assert not lab.document(run, "error.json")
    assert lab.executed(run, client) == {"a": 1, "b": 1, "c": 1}


def again_with(lab: Lab, run: str, **config: object) -> str:
    """Repeat a run as `headrace runs rerun` does, with another configuration."""
    uri = run_folder(lab.settings.results, run) / "run.json"
    request = json.loads(lab.store.read(uri))
    request["config"] |= config
    lab.store.write(uri, encode_json(request))
    return lab.headrace("runs", "rerun", run).strip()


def kill(run: str) -> None:
    """Kill the controller of a run and all below it, as a machine that is lost does."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        if any(word.endswith(f"/{run}/run.json") for word in words):
            os.kill(int(process.name), signal.SIGKILL)
            return
    pytest.fail(f"no controller of {run} runs")


def wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.3)

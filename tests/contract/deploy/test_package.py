"""Both zips as deployed: unpacked into a clean environment, served events, on a local cloud."""

import base64
import gzip
import json
import os
import subprocess
import sys
import urllib.request
import venv
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from headrace.arrivals.events import FINALIZED
from headrace.deploy import package
from headrace.deploy.package import GUARD, START, Function
from headrace.gcs import ObjectUri
from headrace.guard import pause
from headrace.guard.messages import PUBLISHED
from headrace.runs.cloudstore import CloudStore
from headrace.services import connect
from headrace.services.protocol import RUN_LABEL, ServiceName
from localcloud.testing import LocalCloud
from tests.contract import storage_server

READS = gzip.compress(b"@read1\nACGT\n+\nIIII\n")
REPOSITORY = Path(__file__).parents[3]
BUDGET = REPOSITORY / "tests" / "unit" / "guard" / "recorded" / "over-budget.json"


@pytest.fixture(scope="module")
def interpreter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has what the zip's requirements name, and nothing of ours."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    unpack(START, folder / "start")
    requirements = folder / "start" / "requirements.txt"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "-r", requirements],
        check=True,
        capture_output=True,
        timeout=240,
    )
    return python


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud.start(buckets=["inbox", "results"]) as started:
        yield started


def unpack(function: Function, folder: Path) -> None:
    target = folder.with_suffix(".zip")
    package.build(function, REPOSITORY, target)
    with zipfile.ZipFile(target) as archive:
        archive.extractall(folder)


@contextmanager
def deployed(
    function: Function,
    python: Path,
    cloud: LocalCloud,
    folder: Path,
    *,
    target: str = "handle",
    signature: str = "cloudevent",
) -> Iterator[str]:
    """Run a function as Cloud Run does: its own folder, its own variables, nothing else."""
    unpack(function, folder / function.name)
    port = storage_server.free_port()
    command = [str(python), "-m", "functions_framework", "--target", target]
    command += ["--signature-type", signature, "--host", "127.0.0.1", "--port", str(port)]
    log = folder / f"{function.name}.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            cwd=folder / function.name,
            env=environment(cloud),
            stdout=output,
            stderr=output,
        )
        try:
            storage_server.wait_for(port, server, log)
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()
            server.wait(timeout=10)


def environment(cloud: LocalCloud) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "CLOUD_URL": cloud.url,
        "STORAGE_EMULATOR_HOST": cloud.storage_url,
        "HEADRACE_PROJECT": cloud.project,
        "HEADRACE_REGION": cloud.location,
        "HEADRACE_INBOX": "inbox",
        "HEADRACE_RESULTS": "results",
        "HEADRACE_STAGE_IMAGE": "headrace-stage",
        "HEADRACE_CONTROLLER_IMAGE": "headrace-controller",
        "HEADRACE_SERVICE": "batch",
    }


def post(url: str, kind: str, data: Mapping[str, Any]) -> int:
    """Deliver an event as Eventarc does: attributes in headers, data in the body."""
    attributes = {"specversion": "1.0", "id": "1", "type": kind, "source": "//tests"}
    headers = {f"ce-{key}": value for key, value in attributes.items()}
    headers["Content-Type"] = "application/json"
    request = urllib.request.Request(url, json.dumps(data).encode(), headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return int(answer.status)


def uploaded(store: CloudStore, name: str) -> dict[str, Any]:
    """Upload an object and return the data of its event."""
    uri = ObjectUri("inbox", name)
    store.write(uri, READS)
    (stored,) = store.list_objects(uri)
    return {
        "bucket": "inbox",
        "name": name,
        "generation": str(stored.generation),
        "size": str(stored.size),
        "updated": stored.updated.isoformat(),
    }


def test_what_is_deployed_starts_a_run_and_the_guard_stops_it(
    interpreter: Path, cloud: LocalCloud, tmp_path: Path
) -> None:
    store = CloudStore(endpoint=cloud.storage_url)
    service = connect(
        ServiceName.BATCH, project=cloud.project, region=cloud.location, endpoint=cloud.url
    )
    with deployed(START, interpreter, cloud, tmp_path) as url:
        for read in (1, 2):
            event = uploaded(store, f"run42/s1_L001_R{read}.fastq.gz")
            assert post(url, FINALIZED, event) == 200
    (run,) = store.list_folders(ObjectUri("results", "runs"))
    with closing(service):
        (controller,) = service.list_jobs({RUN_LABEL: "controllers"})
    assert controller.job_id == run
    with deployed(GUARD, interpreter, cloud, tmp_path) as url:
        assert post(url, PUBLISHED, json.loads(BUDGET.read_text())) == 200
        nonsense = {"message": {"data": base64.b64encode(b"{").decode()}}
        assert post(url, PUBLISHED, nonsense) == 200
    state = pause.read(store, "results")
    assert state is not None
    assert state.paused
    assert state.by == "guard"


def test_the_schedule_s_call_starts_what_no_event_told_of(
    interpreter: Path, cloud: LocalCloud, tmp_path: Path
) -> None:
    """As Cloud Scheduler calls: a POST without a body."""
    store = CloudStore(endpoint=cloud.storage_url)
    names = [f"run42/s1_L001_R{read}.fastq.gz" for read in (1, 2)]
    for name in names:
        uploaded(store, name)
    with deployed(START, interpreter, cloud, tmp_path, target="sweep", signature="http") as url:
        first, second = (json.loads(call(url)) for _ in range(2))
    assert first["counts"] == {"started": 1}
    assert second["counts"] == {"duplicate": 1}
    (run,) = store.list_folders(ObjectUri("results", "runs"))
    assert first["found"][0]["run_id"] == run


def call(url: str) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, b""), timeout=60) as answer:  # noqa: S310
        body: bytes = answer.read()
    return body

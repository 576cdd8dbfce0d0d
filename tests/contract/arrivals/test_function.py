"""The function as deployed: trigger/main.py under functions-framework, events over HTTP."""

import base64
import gzip
import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from headrace.arrivals.events import FINALIZED
from headrace.gcs import ObjectUri
from headrace.runs.cloudstore import CloudStore
from headrace.services.protocol import JOB_LABEL
from tests.contract import storage_server

REPOSITORY = Path(__file__).parents[3]
READS = gzip.compress(b"@read1\nACGT\n+\nIIII\n")
NAMES = ["run42/s1_L001_R1.fastq.gz", "run42/s1_L001_R2.fastq.gz"]


class Api(ThreadingHTTPServer):
    """As much of the Life Sciences API as one submission needs; keeps the requests."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.requests: list[dict[str, Any]] = []


class Answers(BaseHTTPRequestHandler):
    """Answers a `run` with a new operation and anything else with the list of them."""

    server: Api

    def do_GET(self) -> None:
        self._answer({"operations": [_operation(body) for body in self.server.requests]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(body)
        self._answer(_operation(body))

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _answer(self, body: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())


def _operation(body: dict[str, Any]) -> dict[str, Any]:
    return {"name": "operations/1", "metadata": {"labels": body["labels"]}}


@pytest.fixture
def api() -> Iterator[Api]:
    server = Api()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def environment(endpoint: str, bucket: str, api: Api) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "CLOUD_URL": f"http://127.0.0.1:{api.server_address[1]}",
        "STORAGE_EMULATOR_HOST": endpoint,
        "HEADRACE_PROJECT": "project",
        "HEADRACE_REGION": "us-central1",
        "HEADRACE_INBOX": bucket,
        "HEADRACE_RESULTS": "results-of-function",
        "HEADRACE_STAGE_IMAGE": "stage",
        "HEADRACE_CONTROLLER_IMAGE": "controller",
        "HEADRACE_SERVICE": "lifesciences",
    }


def command(port: int) -> list[str]:
    source = str(REPOSITORY / "trigger" / "main.py")
    arguments = ["--target", "handle", "--source", source, "--signature-type", "cloudevent"]
    arguments += ["--host", "127.0.0.1", "--port", str(port)]
    return [sys.executable, "-m", "functions_framework", *arguments]


@contextmanager
def running(environment: dict[str, str], folder: Path) -> Iterator[str]:
    port = storage_server.free_port()
    log = folder / "function.log"
    with log.open("wb") as output:
        server = subprocess.Popen(command(port), env=environment, stdout=output, stderr=output)
        try:
            storage_server.wait_for(port, server, log)
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()
            server.wait(timeout=10)


def data(store: CloudStore, bucket: str, name: str) -> dict[str, Any]:
    uri = ObjectUri(bucket, name)
    store.write(uri, READS)
    (stored,) = store.list_objects(uri)
    return {
        "bucket": bucket,
        "name": name,
        "generation": str(stored.generation),
        "size": str(stored.size),
        "updated": stored.updated.isoformat(),
    }


def attributes(bucket: str) -> dict[str, str]:
    return {
        "specversion": "1.0",
        "id": "1",
        "type": FINALIZED,
        "source": f"//storage.googleapis.com/projects/_/buckets/{bucket}",
        "subject": "objects/x",
    }


def post(url: str, headers: dict[str, str], body: dict[str, Any]) -> int:
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def post_binary(url: str, bucket: str, body: dict[str, Any]) -> int:
    headers = {f"ce-{key}": value for key, value in attributes(bucket).items()}
    return post(url, headers | {"Content-Type": "application/json"}, body)


def post_structured(url: str, bucket: str, body: dict[str, Any]) -> int:
    event = attributes(bucket) | {"datacontenttype": "application/json", "data": body}
    return post(url, {"Content-Type": "application/cloudevents+json"}, event)


def test_two_uploads_become_one_submitted_controller(
    environment: dict[str, str], api: Api, client: Any, bucket: str, tmp_path: Path
) -> None:
    """Binary and structured events alike; a repeated one and a hostile one are acknowledged."""
    if not client.bucket("results-of-function").exists():
        client.create_bucket("results-of-function")
    store = CloudStore(endpoint=environment["STORAGE_EMULATOR_HOST"])
    first, second = (data(store, bucket, name) for name in NAMES)
    hostile = first | {"name": "run42/$(id)_L001_R1.fastq.gz"}
    with running(environment, tmp_path) as url:
        assert post_binary(url, bucket, first) == 200
        assert post_structured(url, bucket, second) == 200
        assert post_structured(url, bucket, hostile) == 200
    (request,) = api.requests
    run = request["labels"][JOB_LABEL]
    assert run in store.list_folders(ObjectUri("results-of-function", "runs"))
    lines = [
        json.loads(line)
        for line in (tmp_path / "function.log").read_text().splitlines()
        if line.startswith('{"severity"')
    ]
    assert [line["outcome"] for line in lines] == ["started", "duplicate", "rejected"]
    assert [line["run_id"] for line in lines] == [run, run, None]


def post_background(url: str, bucket: str, body: dict[str, Any]) -> int:
    """As functions of the first generation got their events."""
    context = {
        "eventId": "1",
        "timestamp": "2026-01-01T00:00:00Z",
        "eventType": "google.storage.object.finalize",
        "resource": {
            "service": "storage.googleapis.com",
            "name": f"projects/_/buckets/{bucket}/objects/{body['name']}",
            "type": "storage#object",
        },
    }
    return post(url, {"Content-Type": "application/json"}, {"context": context, "data": body})


def message(bucket: str, body: dict[str, Any], *, payload: bool) -> dict[str, Any]:
    """A notification of Cloud Storage in a Pub/Sub message."""
    attributes = {
        "eventType": "OBJECT_FINALIZE",
        "bucketId": bucket,
        "objectId": body["name"],
        "objectGeneration": body["generation"],
        "eventTime": body["updated"],
        "payloadFormat": "JSON_API_V1" if payload else "NONE",
    }
    content = {"data": base64.b64encode(json.dumps(body).encode()).decode()} if payload else {}
    return {"attributes": attributes, "messageId": "1", "publishTime": body["updated"], **content}


def post_push(url: str, bucket: str, body: dict[str, Any]) -> int:
    """As a push subscription of a topic posts it, unwrapped by nobody."""
    push = {
        "message": message(bucket, body, payload=True),
        "subscription": "projects/project/subscriptions/uploads",
    }
    return post(url, {"Content-Type": "application/json"}, push)


def post_eventarc_push(url: str, bucket: str, body: dict[str, Any]) -> int:
    """As Eventarc delivers a Pub/Sub message; without payload, as a subscription may be made."""
    headers = {f"ce-{key}": text for key, text in attributes(bucket).items()}
    headers["ce-type"] = "google.cloud.pubsub.topic.v1.messagePublished"
    push = {"message": message(bucket, body, payload=False)}
    return post(url, headers | {"Content-Type": "application/json"}, push)


def test_every_shape_of_event_leads_to_the_same_run(
    environment: dict[str, str], api: Api, client: Any, bucket: str, tmp_path: Path
) -> None:
    if not client.bucket("results-of-function").exists():
        client.create_bucket("results-of-function")
    store = CloudStore(endpoint=environment["STORAGE_EMULATOR_HOST"])
    bodies = [data(store, bucket, name) for name in NAMES]
    shapes = (post_push, post_eventarc_push, post_background, post_structured, post_binary)
    with running(environment, tmp_path) as url:
        assert [shape(url, bucket, bodies[1]) for shape in shapes] == [200] * len(shapes)
    assert len(api.requests) == 1
    lines = (tmp_path / "function.log").read_text().splitlines()
    found = [json.loads(line) for line in lines if line.startswith('{"severity"')]
    assert [line["outcome"] for line in found] == ["started"] + ["duplicate"] * 4
    assert {line["severity"] for line in found} == {"INFO"}


def test_an_event_that_cannot_be_handled_now_is_refused_so_that_it_comes_again(
    environment: dict[str, str], bucket: str, endpoint: str, tmp_path: Path
) -> None:
    """The results bucket is not there."""
    store = CloudStore(endpoint=endpoint)
    data(store, bucket, NAMES[0])
    with running(environment | {"HEADRACE_RESULTS": "no-such-bucket"}, tmp_path) as url:
        assert post_binary(url, bucket, data(store, bucket, NAMES[1])) == 503
    assert "Traceback" not in (tmp_path / "function.log").read_text()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"HEADRACE_REGION": ""}, "Missing settings: set HEADRACE_REGION"),
        ({"HEADRACE_INBOX": ""}, "set HEADRACE_INBOX"),
        ({"HEADRACE_INBOX": "results-of-function"}, "use two buckets"),
        ({"HEADRACE_TRIGGERS": "/nowhere.yaml"}, "/nowhere.yaml: cannot be read"),
    ],
)
def test_a_wrong_configuration_ends_the_instance_with_one_line(
    environment: dict[str, str], change: dict[str, str], sentence: str
) -> None:
    ended = subprocess.run(
        command(storage_server.free_port()),
        env=environment | change,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    (line,) = ended.stdout.splitlines()
    assert json.loads(line)["severity"] == "CRITICAL"
    assert sentence in json.loads(line)["message"]
    assert "Traceback" not in ended.stderr

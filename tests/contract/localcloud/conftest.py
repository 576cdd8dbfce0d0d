"""A local cloud for the whole session and the official clients, pointed at it."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

import pytest
from google.auth.credentials import AnonymousCredentials
from googleapiclient.discovery import build

from localcloud.testing import LocalCloud

PARENT = "projects/lab/locations/us-central1"
WAIT_SECONDS = 30

Message = dict[str, Any]


@pytest.fixture(scope="session")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud.start(buckets=["data"]) as running:
        yield running


@contextmanager
def google_client(api: str, version: str, url: str) -> Iterator[Any]:
    client = build(
        api,
        version,
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": url},
        static_discovery=True,
    )
    with closing(client):
        yield client.projects().locations()


def executed(request: Any) -> Message:
    """The reply to a request of google-api-python-client."""
    message: Message = request.execute()
    return message


def wait_until(get: Callable[[], Message], ready: Callable[[Message], bool]) -> Message:
    """Poll a resource; fails after a bounded time, showing what it was."""
    deadline = monotonic() + WAIT_SECONDS
    while not ready(message := get()):
        assert monotonic() < deadline, message
        sleep(0.02)
    return message


@pytest.fixture(scope="session")
def call() -> Callable[..., tuple[int, str]]:
    """A plain HTTP request: status and body."""

    def plain(method: str, url: str, message: Message | None = None) -> tuple[int, str]:
        parts = urlsplit(url)
        connection = HTTPConnection(parts.netloc, timeout=WAIT_SECONDS)
        with closing(connection):
            body = None if message is None else json.dumps(message)
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request(method, path or "/", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read().decode()

    return plain


# Clients are a module's, because a connection that idles between modules may have been closed.


@pytest.fixture(scope="module")
def operations(cloud: LocalCloud) -> Iterator["Operations"]:
    with google_client("lifesciences", "v2beta", cloud.url) as places:
        yield Operations(places, cloud.state_dir)


@pytest.fixture(scope="module")
def jobs(cloud: LocalCloud) -> Iterator["Jobs"]:
    with google_client("batch", "v1", cloud.url) as places:
        yield Jobs(places, cloud.state_dir)


class Operations:
    """Life Sciences through google-api-python-client."""

    def __init__(self, places: Any, state_dir: Path) -> None:
        self.pipelines = places.pipelines()
        self.api = places.operations()
        self._logs: Path = state_dir / "logs"

    def submit(
        self,
        *actions: Message,
        labels: Mapping[str, str] | None = None,
        machine: str = "e2-standard-2",
        **pipeline: Any,
    ) -> Message:
        vm = {"machineType": machine, "disks": [{"name": "work", "sizeGb": 10}]}
        resources = {"regions": ["us-central1"], "virtualMachine": vm}
        message = {"actions": list(actions), "resources": resources, **pipeline}
        body = {"pipeline": message, "labels": dict(labels or {})}
        return executed(self.pipelines.run(parent=PARENT, body=body))

    def get(self, name: str) -> Message:
        return executed(self.api.get(name=name))

    def finish(self, operation: Message) -> Message:
        return wait_until(lambda: self.get(operation["name"]), lambda each: each.get("done", False))

    def run(self, *actions: Message, **options: Any) -> Message:
        return self.finish(self.submit(*actions, **options))

    def output(self, operation: Message, action: int, stream: str = "stdout") -> str:
        return (self.folder(operation) / "action" / str(action) / stream).read_text()

    def folder(self, operation: Message) -> Path:
        operation_id: str = operation["name"].rpartition("/")[2]
        return self._logs / operation_id / "0"


class Jobs:
    """Batch through google-api-python-client."""

    def __init__(self, places: Any, state_dir: Path) -> None:
        self.api = places.jobs()
        self.tasks = self.api.taskGroups().tasks()
        self.operations = places.operations()
        self._logs: Path = state_dir / "logs"

    def submit(
        self,
        *runnables: Message,
        job_id: str | None = None,
        job: Message | None = None,
        **group: Any,
    ) -> Message:
        spec = {"runnables": list(runnables), **group.pop("taskSpec", {})}
        body = {"taskGroups": [{"taskSpec": spec, **group}], **(job or {})}
        return executed(self.api.create(parent=PARENT, jobId=job_id, body=body))

    def get(self, name: str) -> Message:
        return executed(self.api.get(name=name))

    def reach(self, job: Message, *states: str) -> Message:
        return wait_until(
            lambda: self.get(job["name"]), lambda each: each["status"]["state"] in states
        )

    def finish(self, job: Message) -> Message:
        return self.reach(job, "SUCCEEDED", "FAILED", "CANCELLED")

    def run(self, *runnables: Message, **options: Any) -> Message:
        return self.finish(self.submit(*runnables, **options))

    def task(self, job: Message, index: int = 0) -> Message:
        return executed(self.tasks.get(name=f"{job['name']}/taskGroups/group0/tasks/{index}"))

    def output(self, job: Message, task: int = 0, runnable: int = 0, stream: str = "stdout") -> str:
        uid: str = job["uid"]
        folder = self._logs / uid / str(task) / "runnable" / str(runnable)
        return (folder / stream).read_text()

    def await_operation(self, operation: Message) -> Message:
        return wait_until(
            lambda: executed(self.operations.get(name=operation["name"])),
            lambda each: each.get("done", False),
        )

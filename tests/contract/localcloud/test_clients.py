"""Requests of the shapes that other clients send: one golden file for each, under golden/clients.

A file has the request that submits, how the job ends, and what the client asks afterwards. Every
reply is checked against Google's discovery document.
"""

import json
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

import pytest

from localcloud.testing import LocalCloud
from tests.contract.localcloud.schemas import assert_conforms

GOLDEN = Path(__file__).parents[2] / "golden" / "clients"
WAIT_SECONDS = 30
API = {"v1": "batch.v1", "v2beta": "lifesciences.v2beta"}
SCHEMAS = {"jobs": "ListJobsResponse", "operations": "ListOperationsResponse"}
ENDED = range(4, 6), {"SUCCEEDED", "FAILED"}

Message = dict[str, Any]


def send(url: str, request: Message) -> tuple[int, Message]:
    connection = HTTPConnection(urlsplit(url).netloc, timeout=WAIT_SECONDS)
    body = json.dumps(request["body"]) if "body" in request else None
    headers = {"Content-Type": "application/json", **request.get("headers", {})}
    connection.request(request["method"], request["path"], body, headers)
    response = connection.getresponse()
    text = response.read()
    connection.close()
    return response.status, json.loads(text)


def has_ended(resource: Message) -> bool:
    return resource.get("done") or resource.get("status", {}).get("state") in ENDED[1]


def finished(url: str, version: str, name: str) -> Message:
    deadline = monotonic() + WAIT_SECONDS
    while True:
        _, resource = send(url, {"method": "GET", "path": f"/{version}/{name}"})
        if has_ended(resource):
            return resource
        assert monotonic() < deadline, resource
        sleep(0.02)


@pytest.fixture(scope="module")
def url() -> Any:
    with LocalCloud.start() as cloud:
        yield cloud.url


@pytest.mark.parametrize("file", sorted(GOLDEN.glob("*.json")), ids=lambda file: file.stem)
def test_what_a_client_sends_is_understood_and_answered_in_googles_form(
    url: str, file: Path
) -> None:
    golden = json.loads(file.read_text())
    version = golden["submit"]["path"].split("/")[1]
    resource = {"v1": "Job", "v2beta": "Operation"}[version]
    status, created = send(url, golden["submit"])
    assert status == 200, created
    assert_conforms(API[version], resource, created)
    done = finished(url, version, created["name"])
    assert_conforms(API[version], resource, done)
    ends = golden["ends"]
    assert {**done, **done.get("status", {})} | ends == {**done, **done.get("status", {})}
    assert "error" not in done, done
    for ask in golden["asks"]:
        path = ask["path"].format(name=created["name"])
        status, reply = send(url, {**ask, "path": path})
        assert status == ask.get("status", 200), reply
        if "lists" in ask:
            assert created["name"] in [each["name"] for each in reply[ask["lists"]]], path
        if status == 200:
            assert_conforms(API[version], ask.get("schema") or SCHEMAS[ask["lists"]], reply)


def test_enums_are_numbers_for_those_who_ask_for_numbers(url: str) -> None:
    golden = json.loads((GOLDEN / "node-batch.json").read_text())["submit"]
    path = "/v1/projects/numbers/locations/us-central1/jobs?$alt=json%3Benum-encoding=int"
    _, created = send(url, {**golden, "path": path})
    assert created["status"]["state"] == 1
    assert created["logsPolicy"]["destination"] == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"labels": {"goog-run": "x"}}, "reserved"),
        ({"priority": 100}, "is not between 0 and 99"),
        ({"labels": {"a": "x" * 64}}, "does not match"),
        ({"labels": {"pad": "x" * 1024 * 1024}}, "at most 1048576"),
    ],
)
def test_what_google_refuses_is_refused(url: str, change: Message, said: str) -> None:
    body = {"taskGroups": [{"taskSpec": {"runnables": [{"script": {"text": "true"}}]}}], **change}
    path = "/v1/projects/lab/locations/us-central1/jobs"
    status, reply = send(url, {"method": "POST", "path": path, "body": body})
    assert (status, reply["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert said in reply["error"]["message"]


def test_the_zero_request_id_is_refused(url: str) -> None:
    zero = "00000000-0000-0000-0000-000000000000"
    body = {"taskGroups": [{"taskSpec": {"runnables": [{"script": {"text": "true"}}]}}]}
    path = f"/v1/projects/lab/locations/us-central1/jobs?requestId={zero}"
    status, reply = send(url, {"method": "POST", "path": path, "body": body})
    assert status == 400
    assert "zero UUID" in reply["error"]["message"]

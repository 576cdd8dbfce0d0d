"""Notifications of jobs by Pub/Sub push, and custom events, as a client sees them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from threading import Thread
from typing import Any

import pytest

from localcloud.testing import LocalCloud

TOPIC = "projects/lab/topics/jobs"
PLACE = "projects/lab/locations/us-central1"


class Subscriber:
    """Takes pushes; may refuse the first one, so that it has to come again."""

    def __init__(self, *, refuses: bool) -> None:
        self.messages: Queue[dict[str, Any]] = Queue()
        self.refused = 0
        subscriber = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                first = refuses and subscriber.refused == 0
                subscriber.refused += first
                if not first:
                    subscriber.messages.put(body["message"])
                self.send_response(503 if first else 204)
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/push"


@contextmanager
def subscribed(*, refuses: bool) -> Iterator[Subscriber]:
    subscriber = Subscriber(refuses=refuses)
    thread = Thread(target=subscriber.server.serve_forever)
    thread.start()
    try:
        yield subscriber
    finally:
        subscriber.server.shutdown()
        thread.join()
        subscriber.server.server_close()


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    with subscribed(refuses=True) as found:
        yield found


@pytest.fixture
def patient() -> Iterator[Subscriber]:
    """A subscriber that takes everything at once."""
    with subscribed(refuses=False) as found:
        yield found


def test_changes_of_jobs_and_operations_are_pushed_until_acknowledged(
    subscriber: Subscriber, call: Any
) -> None:
    job = {
        "taskGroups": [{"taskSpec": {"runnables": [{"script": {"text": "true"}}]}}],
        "notifications": [
            {
                "pubsubTopic": TOPIC,
                "message": {"type": "JOB_STATE_CHANGED", "newJobState": "SUCCEEDED"},
            }
        ],
    }
    actions = [{"imageUri": "x", "commands": ["true"]}]
    run = {
        "pubSubTopic": TOPIC,
        "pipeline": {"actions": actions, "resources": {"regions": ["us-central1"]}},
    }
    with LocalCloud.start(options=[f"--push={TOPIC}={subscriber.url}"]) as cloud:
        created = json.loads(call("POST", f"{cloud.url}/v1/{PLACE}/jobs?jobId=told", job)[1])
        message = subscriber.messages.get(timeout=30)
        assert subscriber.refused == 1
        assert message["attributes"]["NewJobState"] == "SUCCEEDED"
        assert message["attributes"]["JobUID"] == created["uid"]
        operation = json.loads(call("POST", f"{cloud.url}/v2beta/{PLACE}/pipelines:run", run)[1])
        found = [subscriber.messages.get(timeout=30)["attributes"] for _ in range(2)]
    assert {each["operation"] for each in found} == {operation["name"]}
    assert {each["done"] for each in found} == {"false", "true"}


def _told(cloud: LocalCloud, call: Any, job_id: str, *states: str) -> None:
    """Submit a job that tells of these states."""
    changes = [{"type": "JOB_STATE_CHANGED", "newJobState": state} for state in states]
    job = {
        "taskGroups": [{"taskSpec": {"runnables": [{"script": {"text": "true"}}]}}],
        "notifications": [{"pubsubTopic": TOPIC, "message": change} for change in changes],
    }
    assert call("POST", f"{cloud.url}/v1/{PLACE}/jobs?jobId={job_id}", job)[0] == 200


def test_notifications_come_twice_never_and_in_another_order_when_ordered(
    patient: Subscriber, call: Any
) -> None:
    def next_state() -> str:
        attributes = patient.messages.get(timeout=30)["attributes"]
        return f"{attributes['JobName'].rpartition('/')[2]} {attributes['NewJobState']}"

    with LocalCloud.start(options=[f"--push={TOPIC}={patient.url}"]) as cloud:
        cloud.order_fault(topic=TOPIC, do="duplicate", copies=2)
        _told(cloud, call, "twice", "SUCCEEDED")
        assert [next_state(), next_state()] == ["twice SUCCEEDED"] * 2
        cloud.order_fault(topic="projects/*/topics/jobs", do="drop")
        _told(cloud, call, "once", "RUNNING", "SUCCEEDED")
        assert next_state() == "once SUCCEEDED"
        cloud.order_fault(topic=TOPIC, do="hold", seconds=20)
        _told(cloud, call, "turned", "RUNNING", "SUCCEEDED")
        assert [next_state(), next_state()] == ["turned SUCCEEDED", "turned RUNNING"]
        with pytest.raises(Empty):
            patient.messages.get(timeout=0.2)


def test_a_topic_that_is_none_is_refused(cloud: LocalCloud, call: Any) -> None:
    job = {
        "taskGroups": [{"taskSpec": {"runnables": [{"script": {"text": "true"}}]}}],
        "notifications": [{"pubsubTopic": "jobs", "message": {"type": "JOB_STATE_CHANGED"}}],
    }
    status, text = call("POST", f"{cloud.url}/v1/{PLACE}/jobs", job)
    assert (status, "job.notifications[0]" in text) == (400, True)


def test_what_a_runnable_says_of_itself_is_an_event_of_its_task(jobs: Any) -> None:
    line = json.dumps({"batch/custom/event": "half of the reads are aligned"})
    done = jobs.run({"script": {"text": f"echo '{line}'"}})
    events = jobs.task(done)["status"]["statusEvents"]
    custom = [each for each in events if each["type"] != "STATUS_CHANGED"]
    assert [each["description"] for each in custom] == ["half of the reads are aligned"]
    assert events.index(custom[0]) == 2, "after the move to RUNNING, before the end"


def test_a_runnable_with_a_display_name_has_its_start_and_end_among_the_events(jobs: Any) -> None:
    named = {"script": {"text": "exit 3"}, "displayName": "align", "ignoreExitStatus": True}
    barrier = {"barrier": {}, "displayName": "all here"}
    done = jobs.run(named, barrier, {"script": {"text": "true"}})
    events = jobs.task(done)["status"]["statusEvents"]
    told = [each["description"] for each in events if each["type"] != "STATUS_CHANGED"]
    assert told == [
        "Runnable align started.",
        "Runnable align ended with exit code 3.",
        "Barrier all here reached.",
    ]


def test_a_subscription_is_pulled_and_hands_out_again_what_was_not_acknowledged(
    call: Any,
) -> None:
    """On a clock so fast that ten seconds to acknowledge are soon over."""
    with LocalCloud.start(options=["--time-scale=100"]) as cloud:
        place = f"{cloud.url}/v1/projects/lab/subscriptions/own"
        message = {"data": "aGVsbG8=", "attributes": {"JobName": "j"}}
        publish = f"{cloud.url}/v1/{TOPIC}:publish"
        call("POST", publish, {"messages": [message]})
        assert call("POST", f"{place}:pull", {"maxMessages": 10})[0] == 404
        assert call("PUT", place, {"topic": TOPIC, "ackDeadlineSeconds": 10})[0] == 200
        assert call("PUT", place, {"topic": TOPIC})[0] == 409
        pushed = {"topic": TOPIC, "pushConfig": {"pushEndpoint": "http://x"}}
        assert call("PUT", f"{place}2", pushed)[0] == 501
        call("POST", publish, {"messages": [message]})
        for _ in range(2):
            (received,) = pull(call, place)
            assert received["message"]["attributes"] == {"JobName": "j"}
        call("POST", f"{place}:acknowledge", {"ackIds": [received["ackId"]]})
        assert pull(call, place) == []
        assert call("DELETE", place)[0] == 200
        assert call("DELETE", place)[0] == 404


def pull(call: Any, place: str) -> list[dict[str, Any]]:
    status, text = call("POST", f"{place}:pull", {"maxMessages": 10})
    assert status == 200, text
    messages: list[dict[str, Any]] = json.loads(text).get("receivedMessages", [])
    return messages

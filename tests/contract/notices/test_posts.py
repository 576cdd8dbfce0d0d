"""Webhooks on an HTTP server, and Pub/Sub and Secret Manager of a real local cloud."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from typing import Any

import pytest

from headrace.errors import (
    InputError,
    NotFoundError,
    RequestRefusedError,
    SettingsError,
    UnavailableError,
)
from headrace.gcs import ObjectUri
from headrace.notices import transports
from headrace.notices.channels import CHANNELS_FILE, PubSub, Secret, Webhook
from headrace.notices.records import Notice
from headrace.notices.sending import Sender
from headrace.records import decode_json
from headrace.runs.cloudstore import CloudStore
from headrace.runs.records import RunEvent
from localcloud.testing import LocalCloud
from tests.contract.storage_server import free_port

TOPIC = "projects/lab/topics/runs"
VERSION = "projects/lab/secrets/webhook/versions/3"
NOTICE = Notice(
    id="run-1.finished",
    event=RunEvent.FINISHED,
    created=datetime(2026, 1, 1, tzinfo=UTC),
    headline="run-1 has finished",
    sentence="3 jobs ran.",
    run_id="run-1",
    rule="paired",
)


@dataclass
class Receiver:
    """Takes posts, and answers them as it is told."""

    url: str = ""
    posts: "Queue[Any]" = field(default_factory=Queue)
    answers: list[int] = field(default_factory=list)


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.answers.pop(0) if receiver.answers else 200
            if status == 200:
                receiver.posts.put(json.loads(body))
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}/services/secret"
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def hook(shape: str = "json") -> Webhook:
    return Webhook(url=Secret(env="HOOK"), shape=shape)  # type: ignore[arg-type]


@pytest.mark.parametrize(("shape", "key"), [("slack", "blocks"), ("teams", "attachments")])
def test_each_shape_is_posted(receiver: Receiver, shape: str, key: str) -> None:
    transports.deliver(hook(shape), NOTICE, {"HOOK": receiver.url})
    assert key in receiver.posts.get(timeout=10)


def test_a_plain_webhook_gets_the_notice_itself(receiver: Receiver) -> None:
    transports.deliver(hook(), NOTICE, {"HOOK": receiver.url})
    got = json.dumps(receiver.posts.get(timeout=10))
    assert decode_json(got, Notice, "post") == NOTICE


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (503, UnavailableError),
        (429, UnavailableError),
        (404, NotFoundError),
        (400, RequestRefusedError),
        (302, RequestRefusedError),
    ],
)
def test_an_answer_says_whether_it_may_go_well_later_and_hides_the_address(
    receiver: Receiver, status: int, error: type[Exception]
) -> None:
    receiver.answers = [status]
    with pytest.raises(error) as refused:
        transports.deliver(hook(), NOTICE, {"HOOK": receiver.url})
    assert str(status) in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_webhook_that_is_not_there_may_come_back_and_hides_the_address() -> None:
    url = f"http://127.0.0.1:{free_port()}/services/secret"
    with pytest.raises(UnavailableError) as refused:
        transports.deliver(hook(), NOTICE, {"HOOK": url})
    assert "secret" not in str(refused.value)


def test_a_secret_that_is_not_there_is_named_by_its_place() -> None:
    with pytest.raises(SettingsError, match="variable HOOK"):
        transports.deliver(hook(), NOTICE, {})


def test_an_address_in_plain_http_is_refused() -> None:
    with pytest.raises(InputError, match="must begin with https"):
        transports.deliver(hook(), NOTICE, {"HOOK": "http://hooks.example.org/T0/secret"})


@pytest.fixture(scope="module")
def subscriber() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture(scope="module")
def cloud(subscriber: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A local cloud with a subscriber of the topic, who keeps a webhook's address as a secret."""
    secrets = tmp_path_factory.mktemp("cloud") / "secrets.json"
    secrets.write_text(json.dumps({VERSION: subscriber.url}))
    options = [f"--push={TOPIC}={subscriber.url}", f"--secrets={secrets}"]
    with LocalCloud.start(buckets=["results"], options=options) as running:
        yield running


def test_a_published_notice_reaches_subscribers_with_what_they_filter_by(
    cloud: LocalCloud, subscriber: Receiver
) -> None:
    transports.deliver(PubSub(topic=TOPIC), NOTICE, cloud.environment)
    message = subscriber.posts.get(timeout=30)["message"]
    assert decode_json(base64.b64decode(message["data"]), Notice, "message") == NOTICE
    assert message["attributes"] == {
        "event": "finished",
        "run_id": "run-1",
        "rule": "paired",
        "notice_id": "run-1.finished",
        "schema_version": "1",
    }


def test_a_service_that_is_busy_is_asked_again(cloud: LocalCloud, subscriber: Receiver) -> None:
    cloud.order_fault(method="pubsub.topics.publish", do="error", code="UNAVAILABLE")
    transports.deliver(PubSub(topic=TOPIC), NOTICE, cloud.environment)
    assert subscriber.posts.get(timeout=30)


def test_a_topic_that_cannot_be_is_refused(cloud: LocalCloud) -> None:
    with pytest.raises(RequestRefusedError, match="cannot be the name of a topic"):
        transports.deliver(PubSub(topic="projects/lab/topics/googly"), NOTICE, cloud.environment)


def test_a_secret_of_secret_manager_opens_the_channel(
    cloud: LocalCloud, subscriber: Receiver
) -> None:
    transports.deliver(Webhook(url=Secret(secret=VERSION)), NOTICE, cloud.environment)
    assert subscriber.posts.get(timeout=30)["id"] == NOTICE.id


def test_a_version_that_is_not_there_is_named(cloud: LocalCloud) -> None:
    gone = Webhook(url=Secret(secret=VERSION.replace("/3", "/9")))
    with pytest.raises(NotFoundError, match="versions/9"):
        transports.deliver(gone, NOTICE, cloud.environment)


def test_a_notice_is_sent_once_over_the_real_storage(
    cloud: LocalCloud, subscriber: Receiver
) -> None:
    store = CloudStore(cloud.project, cloud.storage_url)
    file = f"channels:\n  runs: {{ kind: pubsub, topic: {TOPIC} }}\n"
    store.write(ObjectUri("results", CHANNELS_FILE), file.encode())
    states = [
        delivery.state
        for _ in range(2)
        for delivery in Sender(store, "results", cloud.environment).send(NOTICE)
    ]
    assert states == ["sent", "before"]
    assert subscriber.posts.get(timeout=30)
    assert subscriber.posts.empty()

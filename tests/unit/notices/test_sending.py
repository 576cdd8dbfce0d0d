"""Sending once, whoever tries how often, and failing quietly."""

import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from headrace.errors import RequestRefusedError, StorageError, UnavailableError
from headrace.gcs import ObjectUri
from headrace.notices import transports
from headrace.notices.channels import CHANNELS_FILE, Channel
from headrace.notices.records import Notice
from headrace.notices.sending import GRACE, Sender
from headrace.runs.records import Notify, RunEvent
from tests.unit.arrivals.memory import MemoryStore

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FILE = b"""
channels:
  one: { kind: webhook, url: { env: ONE } }
  two: { kind: webhook, url: { env: TWO } }
"""
NOTICE = Notice(
    id="r.failed", event=RunEvent.FAILED, created=NOW, headline="r failed", sentence="So."
)


class Post:
    """Channels that note what reaches them and fail as often as they are told."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.errors: dict[str, list[Exception]] = {}

    def deliver(self, channel: Channel, notice: Notice, environ: Mapping[str, str]) -> None:
        del environ
        name = str(channel.url.env)  # type: ignore[union-attr]
        if self.errors.get(name):
            raise self.errors[name].pop()
        self.got.append(f"{name} {notice.id}")


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Post:
    made = Post()
    monkeypatch.setattr(transports, "deliver", made.deliver)
    return made


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore(lambda: NOW)
    made.write(ObjectUri("results", CHANNELS_FILE), FILE)
    return made


def sender(store: MemoryStore, later: timedelta = timedelta()) -> Sender:
    return Sender(store, "results", {}, lambda: NOW + later, lambda _: None)


def test_each_channel_is_told_once_however_often_it_is_sent(store: MemoryStore, post: Post) -> None:
    first = sender(store).send(NOTICE)
    again = sender(store).send(NOTICE)
    assert sorted(post.got) == ["ONE r.failed", "TWO r.failed"]
    assert [delivery.state for delivery in first] == ["sent", "sent"]
    assert [delivery.state for delivery in again] == ["before", "before"]


def test_many_at_once_send_one(store: MemoryStore, post: Post) -> None:
    threads = [threading.Thread(target=sender(store).send, args=(NOTICE,)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(post.got) == ["ONE r.failed", "TWO r.failed"]


def test_what_may_pass_is_tried_again(store: MemoryStore, post: Post) -> None:
    post.errors["ONE"] = [UnavailableError("not now") for _ in range(3)]
    sender(store).send(NOTICE, [Notify(channel="one")])
    assert post.got == ["ONE r.failed"]


def test_a_channel_that_refuses_keeps_nobody_from_being_told(
    store: MemoryStore, post: Post
) -> None:
    post.errors["ONE"] = [RequestRefusedError("The webhook answered 403.")]
    one, two = sender(store).send(NOTICE)
    assert (one.state, one.detail, two.state) == ("failed", "The webhook answered 403.", "sent")
    kept = json.loads(store.read(ObjectUri("results", "notices/r.failed/one.json")))
    assert kept["state"] == "failed"


def test_what_a_lost_sender_left_is_taken_over_once(store: MemoryStore, post: Post) -> None:
    marker = {"channel": "one", "state": "sending", "since": NOW.isoformat()}
    store.write(ObjectUri("results", "notices/r.failed/one.json"), json.dumps(marker).encode())
    notify = [Notify(channel="one")]
    assert sender(store, GRACE).send(NOTICE, notify)[0].state == "before"
    assert sender(store, 2 * GRACE).send(NOTICE, notify)[0].state == "sent"
    assert sender(store, 9 * GRACE).send(NOTICE, notify)[0].state == "before"
    assert post.got == ["ONE r.failed"]


@pytest.mark.parametrize("file", [b"channels: [", b"channel: {}"])
def test_wrong_channels_are_logged_and_raise_nothing(
    store: MemoryStore, file: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    store.write(ObjectUri("results", CHANNELS_FILE), file)
    assert sender(store).send(NOTICE) == []
    assert "gs://results/control/notices.yaml" in caplog.text


def test_a_channel_that_there_is_not_is_logged(
    store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    assert sender(store).send(NOTICE, [Notify(channel="three")]) == []
    assert "no channel 'three'" in caplog.text


def test_storage_that_fails_is_no_error_of_the_sender(
    store: MemoryStore, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(uri: ObjectUri, data: bytes) -> bool:
        del data
        raise StorageError(f"{uri} was not reached.")

    monkeypatch.setattr(store, "create", fail)
    assert [delivery.state for delivery in sender(store).send(NOTICE)] == ["failed", "failed"]
    assert post.got == []

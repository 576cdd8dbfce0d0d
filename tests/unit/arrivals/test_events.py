"""Events of Cloud Storage are read into what was uploaded, or ignored with a reason."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.arrivals import events
from headrace.arrivals.events import FINALIZED, Ignored
from headrace.gcs import ObjectUri
from headrace.guard.messages import PUBLISHED
from headrace.runs.store import StoredObject

DATA = {
    "kind": "storage#object",
    "id": "inbox/run/s1.gz/1712",
    "bucket": "inbox",
    "name": "run/s1.gz",
    "generation": "1712345678901234",
    "metageneration": "1",
    "contentType": "application/gzip",
    "size": "1024",
    "crc32c": "yZRlqg==",
    "updated": "2026-01-02T03:04:05.678Z",
}
UPLOADED = StoredObject(
    uri=ObjectUri("inbox", "run/s1.gz"),
    generation=1712345678901234,
    size=1024,
    crc32c="yZRlqg==",
    updated=datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("data", [DATA, json.dumps(DATA), json.dumps(DATA).encode()])
def test_an_upload_is_read_from_parsed_data_text_and_bytes(data: Any) -> None:
    assert events.read(FINALIZED, data) == UPLOADED


@pytest.mark.parametrize("kind", ["deleted", "archived", "metadataUpdated"])
def test_other_events_of_the_bucket_start_nothing(kind: str) -> None:
    outcome = events.read(f"google.cloud.storage.object.v1.{kind}", DATA)
    assert isinstance(outcome, Ignored)
    assert kind in outcome.reason


def test_a_folder_s_marker_starts_nothing() -> None:
    assert isinstance(events.read(FINALIZED, DATA | {"name": "run/"}), Ignored)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"generation": "new"}, "generation"),
        ({"name": 7}, "name"),
        ({"name": "lone \ud800 surrogate"}, "not text"),
        ({"updated": "yesterday"}, "updated"),
        ({"updated": "2026-01-02T03:04:05"}, "timezone"),
    ],
)
def test_data_of_another_shape_is_ignored_with_the_reason(
    change: dict[str, Any], reason: str
) -> None:
    outcome = events.read(FINALIZED, DATA | change)
    assert isinstance(outcome, Ignored)
    assert reason in outcome.reason


@pytest.mark.parametrize("data", [None, b"", b"\xff", "{", [], 7])
def test_what_is_no_object_is_ignored(data: Any) -> None:
    assert isinstance(events.read(FINALIZED, data), Ignored)


@given(data=JSON, over=st.dictionaries(st.sampled_from(sorted(DATA)), JSON))
def test_no_data_whatever_makes_reading_fail(data: Any, over: dict[str, Any]) -> None:
    assert isinstance(events.read(FINALIZED, data), Ignored)
    assert isinstance(events.read(FINALIZED, DATA | over), Ignored | StoredObject)


def message(event: str = "OBJECT_FINALIZE", **more: Any) -> dict[str, Any]:
    attributes = {
        "eventType": event,
        "bucketId": DATA["bucket"],
        "objectId": DATA["name"],
        "objectGeneration": DATA["generation"],
        "eventTime": DATA["updated"],
    }
    return {"message": {"attributes": attributes, **more}}


def test_a_notification_with_its_payload_is_the_upload() -> None:
    data = base64.b64encode(json.dumps(DATA).encode()).decode()
    assert events.read(PUBLISHED, message(data=data)) == UPLOADED


def test_a_notification_without_payload_tells_what_was_uploaded() -> None:
    uploaded = events.read(PUBLISHED, message())
    assert isinstance(uploaded, StoredObject)
    assert (uploaded.uri, uploaded.generation) == (UPLOADED.uri, UPLOADED.generation)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (message("OBJECT_DELETE"), "notifications of type 'OBJECT_DELETE' start nothing"),
        (message(data="?"), "not base64"),
        ({"message": 1}, "no Pub/Sub message"),
        ([], "no Pub/Sub message"),
    ],
)
def test_other_messages_start_nothing(data: Any, reason: str) -> None:
    outcome = events.read(PUBLISHED, data)
    assert isinstance(outcome, Ignored)
    assert reason in outcome.reason


@given(data=JSON)
def test_no_message_whatever_makes_reading_fail(data: Any) -> None:
    assert isinstance(events.read(PUBLISHED, data), Ignored)
    assert isinstance(events.read(PUBLISHED, {"message": data}), Ignored)

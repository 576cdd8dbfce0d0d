import json

from hypothesis import given
from hypothesis import strategies as st

from localcloud.events.cloudevent import Upload, request

RESOURCE = {
    "kind": "storage#object",
    "bucket": "inbox",
    "name": "run/a.gz",
    "generation": "17",
    "size": "5",
    "timeCreated": "2026-01-31T12:00:00Z",
    "acl": [{"entity": "x"}],
}


def test_the_event_is_eventarcs_binary_form() -> None:
    headers, body = request(Upload.of(RESOURCE))
    assert headers == {
        "ce-specversion": "1.0",
        "ce-id": headers["ce-id"],
        "ce-type": "google.cloud.storage.object.v1.finalized",
        "ce-source": "//storage.googleapis.com/projects/_/buckets/inbox",
        "ce-subject": "objects/run/a.gz",
        "ce-time": "2026-01-31T12:00:00Z",
        "ce-bucket": "inbox",
        "content-type": "application/json",
    }
    assert json.loads(body) == {key: text for key, text in RESOURCE.items() if key != "acl"}


@given(st.text(min_size=1))
def test_no_object_name_can_break_a_header(name: str) -> None:
    headers, body = request(Upload("inbox", name, "1", RESOURCE | {"name": name}))
    subject = headers["ce-subject"]
    subject.encode("latin-1")
    assert not any(ord(character) < 32 or ord(character) == 127 for character in subject)
    assert json.loads(body.decode("utf-8", "surrogatepass"))["name"] == name


@given(st.text(), st.text(), st.integers(1), st.integers(1))
def test_the_id_tells_generations_apart(bucket: str, name: str, one: int, other: int) -> None:
    ids = {Upload(bucket, name, str(each), {}).key for each in (one, other)}
    assert len(ids) == len({one, other})

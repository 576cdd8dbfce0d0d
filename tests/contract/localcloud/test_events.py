"""From an upload with google-cloud-storage to the function, as Eventarc would deliver it."""

import json
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from localcloud.testing import LocalCloud

FUNCTION = Path(__file__).parent / "uploads.py"
WAIT_SECONDS = 30


def start(folder: Path, state: Path | None = None) -> Any:
    return LocalCloud.start(
        functions=[f"{FUNCTION}:note@inbox", f"{FUNCTION}:hello"],
        function_env={"FOLDER": str(folder)},
        in_memory=state is None,
        state_dir=state,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("function")


@pytest.fixture(scope="module")
def cloud(folder: Path) -> Iterator[LocalCloud]:
    with start(folder) as running:
        yield running


def upload(cloud: LocalCloud, name: str, data: bytes = b"reads", chunk: int | None = None) -> Any:
    client = storage.Client(
        project=cloud.project,
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": cloud.storage_url},
    )
    with client:
        blob = client.bucket("inbox").blob(name, chunk_size=chunk)
        blob.upload_from_string(data)
        return blob


def events(folder: Path, name: str, count: int = 1) -> list[dict[str, Any]]:
    """Wait for that many events of an object."""
    deadline = monotonic() + WAIT_SECONDS
    while True:
        file = folder / "events"
        lines = file.read_text().splitlines() if file.exists() else []
        seen = [event for line in lines if (event := json.loads(line))["data"]["name"] == name]
        if len(seen) >= count:
            return seen
        assert monotonic() < deadline, seen
        sleep(0.02)


def test_an_upload_arrives_as_a_cloudevent(cloud: LocalCloud, folder: Path) -> None:
    blob = upload(cloud, "run1/a.fastq.gz")
    event = events(folder, "run1/a.fastq.gz")[0]
    attributes, data = event["attributes"], event["data"]
    assert attributes["type"] == "google.cloud.storage.object.v1.finalized"
    assert attributes["source"] == "//storage.googleapis.com/projects/_/buckets/inbox"
    assert attributes["subject"] == "objects/run1/a.fastq.gz"
    assert attributes["bucket"] == "inbox"
    assert data["kind"] == "storage#object"
    assert (data["size"], data["generation"]) == ("5", str(blob.generation))
    assert data["metageneration"] == "1"


def test_a_resumable_upload_of_an_odd_name_arrives_once_it_is_whole(
    cloud: LocalCloud, folder: Path
) -> None:
    upload(cloud, "läuf 1/ß+ñ&?.txt", b"x" * 600_000, chunk=262_144)
    assert events(folder, "läuf 1/ß+ñ&?.txt")[0]["data"]["size"] == "600000"


def test_an_overwrite_is_an_event_of_its_own(cloud: LocalCloud, folder: Path) -> None:
    upload(cloud, "twice", b"1")
    events(folder, "twice")
    upload(cloud, "twice", b"22")
    first, second = events(folder, "twice", 2)
    assert first["attributes"]["id"] != second["attributes"]["id"]
    assert second["data"]["size"] == "2"


def test_a_failing_function_gets_the_same_event_again(cloud: LocalCloud, folder: Path) -> None:
    (folder / "failures").write_text("1")
    upload(cloud, "again")
    first, second = events(folder, "again", 2)
    assert first["attributes"]["id"] == second["attributes"]["id"]


def test_a_function_without_a_bucket_answers_http(cloud: LocalCloud, call: Any) -> None:
    assert call("GET", cloud.state.functions["hello"].url) == (200, "hello")


def test_what_was_uploaded_while_nobody_listened_is_delivered_at_the_next_start(
    tmp_path: Path,
) -> None:
    state = tmp_path / "state"
    with start(tmp_path, state) as first:
        upload(first, "seen")
        events(tmp_path, "seen")
    with LocalCloud.start(buckets=["inbox"], in_memory=False, state_dir=state) as deaf:
        upload(deaf, "missed")
    with start(tmp_path, state):
        events(tmp_path, "missed")
    assert len(events(tmp_path, "seen")) == 1, "an acknowledged upload is not delivered again"


def test_events_can_be_duplicated_dropped_and_held(cloud: LocalCloud, folder: Path) -> None:
    cloud.order_fault(object="inbox/thrice", do="duplicate", copies=3)
    cloud.order_fault(object="inbox/lost", do="drop")
    cloud.order_fault(object="inbox/held", do="hold", seconds=600)
    for name in ("lost", "held", "thrice"):
        upload(cloud, name)
    ids = {event["attributes"]["id"] for event in events(folder, "thrice", 3)}
    assert len(ids) == 1
    events(folder, "held")
    lines = (folder / "events").read_text().splitlines()
    names = [json.loads(line)["data"]["name"] for line in lines]
    assert "lost" not in names
    assert names.index("thrice") < names.index("held"), "uploaded earlier, delivered later"

"""Channels from the command line."""

from pathlib import Path

import pytest

from headrace import cli
from headrace.commands import notices
from headrace.errors import InputError, RecordError
from headrace.gcs import ObjectUri
from headrace.notices import transports
from headrace.notices.channels import CHANNELS_FILE
from tests.unit.arrivals.memory import MemoryStore
from tests.unit.cli.results import NOW

FILE = """
channels:
  lab: { kind: webhook, shape: slack, url: { env: HOOK }, events: [failed] }
  programs: { kind: pubsub, topic: projects/p/topics/runs }
  letters: { kind: email, host: mail.example.org, sender: a@example.org, to: [b@example.org] }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "channels.yaml"
    made.write_text(FILE)
    return made


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(lambda: NOW)


def test_a_right_file_is_said_to_be_right(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["notices", "check", str(file)]) == 0
    assert "is right: 3 channels" in capsys.readouterr().out


def test_a_wrong_file_is_one_sentence_and_is_not_stored(store: MemoryStore, file: Path) -> None:
    notices.store_file(store, "results", file)
    file.write_text(FILE.replace("shape", "shpae"))
    with pytest.raises(RecordError, match="did you mean 'shape'"):
        notices.store_file(store, "results", file)
    assert store.read(ObjectUri("results", CHANNELS_FILE)) == FILE.encode()


def test_the_list_shows_where_notices_go_and_no_secret(
    store: MemoryStore, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notices.store_file(store, "results", file)
    notices.show(store, "results")
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()[2:]]
    assert rows[0] == ["lab", "webhook, slack", "failed"]
    assert rows[1][:2] == ["programs", "projects/p/topics/runs"]
    assert rows[2][:2] == ["letters", "e-mail by mail.example.org"]


def test_no_channels_is_said(store: MemoryStore, capsys: pytest.CaptureFixture[str]) -> None:
    notices.show(store, "results")
    assert "gs://results/control/notices.yaml" in capsys.readouterr().out


def test_a_channel_is_tried_each_time_it_is_asked_for(
    store: MemoryStore, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    monkeypatch.setattr(transports, "deliver", lambda _, notice, __: tried.append(notice.id))
    notices.store_file(store, "results", file)
    for _ in range(2):
        notices.attempt(store, "results", "lab", {})
    assert len(set(tried)) == 2
    with pytest.raises(InputError, match="did you mean 'letters'"):
        notices.attempt(store, "results", "leters", {})


def test_the_example_of_the_documentation_is_right(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs/notices.md").read_text()
    example = page.split("```yaml\n")[1].split("```")[0]
    (tmp_path / "x.yaml").write_text(example)
    assert cli.main(["notices", "check", str(tmp_path / "x.yaml")]) == 0

"""The channels of an installation, as people write them."""

from datetime import UTC, datetime

import pytest

from headrace.errors import InputError, RecordError
from headrace.notices import channels
from headrace.notices.channels import Email, PubSub, Webhook
from headrace.runs.records import Notify, RunEvent
from tests.unit.arrivals.memory import MemoryStore

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FILE = """
channels:
  programs: { kind: pubsub, topic: projects/lab/topics/runs, events: [started, finished, failed] }
  lab: { kind: webhook, shape: slack, url: { secret: projects/lab/secrets/slack/versions/latest } }
  letters:
    kind: email
    host: mail.example.org
    sender: runs@example.org
    to: [a@example.org, b@example.org]
    user: runs
    password: { env: MAIL_PASSWORD }
    events: [failed]
"""


def test_each_kind_of_channel_is_read() -> None:
    found = channels.parse(FILE, "f")
    assert isinstance(found["programs"], PubSub)
    assert isinstance(found["lab"], Webhook)
    assert isinstance(found["letters"], Email)
    assert found["letters"].security == "starttls"


def test_an_installation_without_the_file_has_no_channels() -> None:
    assert channels.read(MemoryStore(lambda: NOW), "results") == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("lab: { kind: webhook, url: { env: X }, shpae: slack }", "did you mean 'shape'?"),
        ("lab: { kind: webhook, url: 'https://hooks.example.org/T0' }", "Expected `object`"),
        ("lab: { kind: webhook, url: {} }", "either a 'secret' or an 'env'"),
        ("lab: { kind: webhook, url: { secret: x } }", "projects/P/secrets/S/versions/V"),
        ("lab: { kind: webhook, url: { env: 'A B' } }", "name of a variable"),
        ("Lab: { kind: webhook, url: { env: X } }", "small letters"),
        ("x: { kind: pubsub, topic: runs }", "is not projects/P/topics/T"),
        ("x: { kind: fax }", "Invalid value 'fax'"),
        (
            "x: { kind: pubsub, topic: projects/p/topics/t, events: [x] }",
            "Invalid enum value",
        ),
        ("x: { kind: email, host: h, sender: a@b, to: [] }", "names nobody"),
        ("x: { kind: email, host: h, sender: 'a@b, c@d', to: [a@b] }", "no e-mail address"),
        ("x: { kind: email, host: h, sender: a@b, to: [a@b], user: u }", "belong together"),
        ("x: { kind: email, host: h, sender: a@b, to: [a@b], security: none }", "this machine"),
    ],
)
def test_a_wrong_channel_is_refused_with_one_sentence(text: str, reason: str) -> None:
    with pytest.raises(RecordError) as refused:
        channels.parse(f"channels:\n  {text}\n", "gs://r/control/notices.yaml")
    assert reason in str(refused.value)
    assert str(refused.value).startswith("gs://r/control/notices.yaml")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("notify", "event", "told"),
    [
        ([], RunEvent.FAILED, {"programs", "lab", "letters"}),
        ([], RunEvent.STARTED, {"programs"}),
        ([], RunEvent.REJECTED, {"lab"}),
        ([Notify(channel="letters")], RunEvent.FINISHED, {"letters"}),
        ([Notify(channel="letters")], RunEvent.STARTED, set()),
        ([Notify(channel="lab", events=(RunEvent.STARTED,))], RunEvent.STARTED, {"lab"}),
    ],
)
def test_a_rule_has_the_word_on_who_is_told(
    notify: list[Notify], event: RunEvent, told: set[str]
) -> None:
    assert set(channels.chosen(channels.parse(FILE, "f"), event, notify)) == told


def test_a_channel_that_there_is_not_is_named() -> None:
    with pytest.raises(InputError, match="did you mean 'letters'"):
        channels.chosen(channels.parse(FILE, "f"), RunEvent.FAILED, [Notify(channel="leters")])


@pytest.mark.parametrize("url", ["https://h.example/x", "http://127.0.0.1:8/x"])
def test_webhooks_are_https_or_on_this_machine(url: str) -> None:
    channels.check_url(url)


@pytest.mark.parametrize("url", ["http://h.example/secret", "file:///secret", "secret", "https:"])
def test_another_address_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(InputError) as refused:
        channels.check_url(url)
    assert "secret" not in str(refused.value)

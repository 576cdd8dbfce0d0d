"""People hear of refused uploads and late sets by the channels that a rule names."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from headrace.arrivals import telling, triggers
from headrace.arrivals.outcomes import Kind
from headrace.arrivals.rejections import Rejections
from headrace.arrivals.sweep import sweep
from headrace.arrivals.telling import Teller
from headrace.errors import TooEarlyError
from headrace.notices.records import Notice
from headrace.runs.records import Notify, RunEvent
from tests.unit.arrivals.test_handler import SETTINGS
from tests.unit.arrivals.world import World

RULES = triggers.parse(
    """
rules:
  - name: pair
    match: "{sample}_R{read}.gz"
    when: {kind: set, sharing: [sample], complete: {read: ["1", "2"]}, settle: 1m, deadline: 1h}
    checks: filled
    notify: [{channel: lab}]
""",
    "rules",
)

Sent = list[tuple[Notice, list[Notify]]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What would have been sent, in place of what sends it."""
    found: Sent = []

    class Memory:
        def __init__(self, *_: Any) -> None:
            """Take what a sender takes."""

        def send(self, notice: Notice, notify: list[Notify]) -> None:
            found.append((notice, notify))

    monkeypatch.setattr(telling, "Sender", Memory)
    return found


@pytest.fixture
def told(sent: Sent) -> World:
    assert not sent
    world = World(SETTINGS, RULES)
    teller = Teller(world.store, world.results, {"STORAGE_EMULATOR_HOST": "http://127.0.0.1:9"})
    rejections = Rejections(world.store, world.results, world.clock, teller)
    launcher = replace(world.handler.launcher, rejections=rejections)
    world.handler = replace(world.handler, launcher=launcher)
    return world


def test_a_bad_file_is_told_to_the_rule_s_channels_once(told: World, sent: Sent) -> None:
    event = told.put("s_R1.gz", b"")
    for _ in range(3):
        assert told.deliver(event).kind is Kind.REJECTED
    ((notice, notify),) = sent
    assert [wish.channel for wish in notify] == ["lab"]
    assert notice.event is RunEvent.REJECTED
    assert notice.headline == "'s_R1.gz' was refused"
    assert "it is empty" in notice.sentence
    assert notice.object == "gs://inbox/s_R1.gz"
    assert notice.links[0].address.startswith("http://127.0.0.1:9/results/rejected/")


def test_the_same_file_uploaded_again_is_another_notice(told: World, sent: Sent) -> None:
    told.upload("s_R1.gz", b"")
    told.upload("s_R1.gz", b"")
    assert len({notice.id for notice, _ in sent}) == 2


def test_a_late_set_is_told_once_and_still_starts(told: World, sent: Sent) -> None:
    told.upload("s_R1.gz")
    told.pass_time(timedelta(hours=2).total_seconds())
    for _ in range(2):
        sweep(told.handler)
    ((notice, _),) = sent
    assert notice.event is RunEvent.WAITING
    assert "waiting for s_R2.gz" in notice.sentence
    event = told.put("s_R2.gz")
    with pytest.raises(TooEarlyError, match="waiting until"):
        told.deliver(event)
    told.pass_time(60)
    assert told.deliver(event).kind is Kind.STARTED


def test_of_names_that_no_rule_wants_one_notice_an_hour_has_its_own_id(
    told: World, sent: Sent
) -> None:
    for number in range(5):
        told.upload(f"$(id)_{number}.gz")
    told.pass_time(3600)
    told.upload("$(id)_last.gz")
    assert len(sent) == 6
    assert len({notice.id for notice, _ in sent}) == 2, "equal ids are sent once"
    assert all(notify == [] for _, notify in sent)


def test_a_long_name_is_cut_in_the_headline(told: World, sent: Sent) -> None:
    told.upload("$" * 1000)
    assert len(sent[0][0].headline) < 130

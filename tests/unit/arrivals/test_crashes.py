"""Whichever call the function dies at, the run starts once: a later event or sweep heals it."""

import json
from contextlib import suppress
from datetime import timedelta

import pytest

from headrace.arrivals import triggers
from headrace.arrivals.claims import GRACE
from headrace.arrivals.events import FINALIZED
from headrace.arrivals.sweep import sweep
from headrace.errors import HeadraceError
from tests.unit.arrivals.mortal import Death, DiedError, ForgetfulService, mortal_handler
from tests.unit.arrivals.test_handler import SETTINGS
from tests.unit.arrivals.world import World

KINDS = {
    "each": "match: 'a/{f}.gz'\n    when: {kind: each}\n    checks: filled",
    "set": (
        "match: '{d}/x_R{read}.gz'\n"
        "    when: {kind: set, sharing: [d], complete: {read: ['1', '2']}}\n    checks: filled"
    ),
    "sheet": (
        "match: '{d}/sheet.csv'\n"
        "    when: {kind: sheet, files: '{d}/{f}.gz', listed: {file: {}}}\n    checks: filled"
    ),
    "marker": "match: '{d}/done.txt'\n    when: {kind: marker, files: '{d}/{f}.gz'}",
    "batch": "match: 'a/{f}.gz'\n    when: {kind: batch, window: 1m}\n    checks: filled",
}
UPLOADS = {
    "each": {"a/x_R1.gz": b"reads"},
    "set": {"a/x_R1.gz": b"reads", "a/x_R2.gz": b"reads"},
    "sheet": {"a/x_R1.gz": b"reads", "a/sheet.csv": b"file\nx_R1.gz\n"},
    "marker": {"a/x_R1.gz": b"reads", "a/done.txt": b"done"},
    "batch": {"a/x_R1.gz": b"reads", "a/x_R2.gz": b"reads"},
}
WINDOW = 120


class Lives:
    """A function that is started anew after each death, on the same buckets and service."""

    def __init__(self, kind: str) -> None:
        self.rules = triggers.parse(f"rules:\n  - name: r\n    {KINDS[kind]}\n", "rules")
        self.world = World(SETTINGS, self.rules)
        self.service = ForgetfulService()
        events = [self.world.put(name, content) for name, content in UPLOADS[kind].items()]
        self.event = events[-1]
        self.world.pass_time(WINDOW)

    def deliver(self, death: Death) -> bool:
        """Deliver the event; return whether the function has survived it."""
        handler = mortal_handler(self.world, self.rules, self.service, death)
        try:
            with suppress(HeadraceError):
                handler.handle(FINALIZED, self.event)
        except DiedError:
            return False
        return True

    def sweep(self) -> None:
        sweep(mortal_handler(self.world, self.rules, self.service, Death()))

    def assert_healed(self) -> None:
        (run,) = self.service.count
        assert self.service.count[run] == 1, "two controllers of one run"
        folder = self.world.result_names(f"runs/{run}/")
        assert {f"runs/{run}/run.json", f"runs/{run}/submitted.json"} <= set(folder)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("heal", ["event", "sweep"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_death_at_any_call_is_healed_by_the_next_event_or_sweep(
    kind: str, heal: str, after: bool
) -> None:
    calls = 0
    for fatal in range(1, 100):
        lives = Lives(kind)
        survived = lives.deliver(Death(fatal, after=after))
        lives.world.pass_time(GRACE.total_seconds())
        if heal == "event":
            assert lives.deliver(Death())
        else:
            lives.sweep()
        lives.assert_healed()
        if survived:
            break
        calls += 1
    assert calls >= 6, "looking, pause, claim, submission and record are calls"


def test_two_deaths_in_a_row_are_healed_as_well() -> None:
    for first in range(1, 14):
        for second in range(1, 14):
            for after in (False, True):
                lives = Lives("set")
                lives.deliver(Death(first, after=after))
                lives.world.pass_time(GRACE.total_seconds())
                lives.deliver(Death(second, after=not after))
                lives.world.pass_time(GRACE.total_seconds())
                lives.sweep()
                lives.assert_healed()


def test_a_delivery_within_the_grace_never_makes_a_second_controller() -> None:
    """Its owner may be slow and not dead."""
    for fatal in range(1, 14):
        for after in (False, True):
            lives = Lives("set")
            lives.deliver(Death(fatal, after=after))
            lives.world.pass_time((GRACE - timedelta(seconds=1)).total_seconds())
            lives.deliver(Death())
            assert set(lives.service.count.values()) <= {1}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_death_while_refusing_an_upload_loses_neither_reason_nor_notice(after: bool) -> None:
    for fatal in range(1, 20):
        lives = Lives("each")
        lives.event = lives.world.put("a/empty.gz", b"")
        survived = lives.deliver(Death(fatal, after=after))
        lives.world.deliver(lives.event)
        assert len(lives.world.result_names("rejected/")) == 1
        if survived:
            break


def test_a_claim_whose_uploads_were_replaced_before_anybody_healed_it_gets_an_end() -> None:
    for fatal in range(1, 14):
        lives = Lives("each")
        lives.deliver(Death(fatal, after=True))
        claimed = {name.split("/")[1] for name in lives.world.result_names("runs/")}
        if claimed and not lives.service.count:
            break
    lives.world.pass_time(GRACE.total_seconds())
    lives.event = lives.world.put("a/x_R1.gz", b"better reads")
    assert lives.deliver(Death())
    (run,) = lives.service.count
    (orphan,) = claimed
    error = json.loads(lives.world.store.read(lives.world.result(f"runs/{orphan}/error.json")))
    assert f"run {run} is of what is there now" in error["sentence"]
    request = json.loads(lives.world.store.read(lives.world.result(f"runs/{run}/run.json")))
    assert request["predecessor"] is None, "nothing has run before"

"""Machines over time: phases, how many at once, what is shown one by one."""

import itertools
import re

from hypothesis import given
from hypothesis import strategies as st

from headrace.page import jobs, timeline
from headrace.page.facts import Facts
from headrace.page.timeline import Timeline
from headrace.runs.listing import State
from tests.unit.page import made


def _timeline(facts: Facts) -> Timeline:
    return timeline.timeline(facts, jobs.of_journal(facts.journal, facts.state))


def test_a_bar_tells_waiting_booting_and_running_apart() -> None:
    drawn = _timeline(made.succeeded(["a"]))
    assert len(drawn.bars) == drawn.attempts == drawn.machines == len(made.RULES) + 1
    first = drawn.bars[0]
    assert [(p.kind, p.seconds) for p in first.phases] == [("wait", 2), ("boot", 10), ("run", 25)]
    assert first.tool_seconds == 20.25
    assert [job.rule for job in first.jobs] == ["check_fastq"]


def test_what_has_not_come_yet_is_no_phase_and_goes_on_until_now() -> None:
    def phases(state: str) -> list[str]:
        return [p.kind for p in _timeline(made.running(["a"], lambda *_: state)).bars[0].phases]

    assert phases("queued") == ["wait"]
    assert phases("starting") == ["wait", "boot"]
    (waiting,) = _timeline(made.running(["a"], lambda *_: "queued")).bars[0].phases
    assert waiting.end == 452


def test_the_most_at_once_is_exact() -> None:
    drawn = _timeline(made.succeeded([f"s{n}" for n in range(7)]))
    assert drawn.most == 7, "starts are a second apart, and take 37"


def test_of_many_those_that_failed_or_took_longest_are_shown_in_their_order() -> None:
    samples = [f"s{n}" for n in range(30)]
    facts = made.failed(samples)
    drawn = _timeline(facts)
    assert len(drawn.bars) == timeline.MAX_BARS < drawn.attempts
    assert [bar.attempt.failure for bar in drawn.bars].count("user") == 1
    numbers = [bar.attempt.jobids[0] for bar in drawn.bars]
    assert numbers == sorted(numbers)


@given(st.lists(st.sampled_from(["done", "running", "queued", "starting", "failed"]), max_size=4))
def test_areas_are_stacked_and_stay_in_the_field(states: list[str]) -> None:
    turn = itertools.cycle(states or ["waiting"])
    drawn = _timeline(made.running(["a", "b"], lambda *_: next(turn)))
    for _, path in drawn.areas:
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", path)]
        assert all(0 <= x <= timeline.WIDTH for x in numbers[::2])
        assert all(0 <= y <= drawn.most for y in numbers[1::2])


@given(st.floats(1, 5e6))
def test_the_axis_has_a_readable_number_of_ticks(seconds: float) -> None:
    ticks = list(timeline.ticks(seconds))
    assert 1 <= len(ticks) <= 70
    assert all(0 <= place <= 100 for place, _ in ticks)


def test_a_run_without_attempts_has_an_empty_timeline() -> None:
    facts = made.running(["a"], lambda *_: "waiting")
    assert facts.state is State.RUNNING
    assert (_timeline(facts).attempts, _timeline(facts).most) == (0, 0)

"""Sets are found among the objects of a folder, and known to be complete or not."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.arrivals import triggers
from headrace.arrivals.decisions import Decision, Ready, Waiting
from headrace.arrivals.triggers import Rule
from tests.unit.arrivals.listing import NOW, at, decided

PAIRS = triggers.parse(
    """
rules:
  - name: paired
    match: "{folder}/{sample}_{lane}_R{read}.gz"
    when: {kind: set, sharing: [folder, sample], complete: {read: ["1", "2"]}}
""",
    "rules",
)


def found(
    rules: tuple[Rule, ...],
    name: str,
    names: Iterable[str] | Mapping[str, int],
    now: datetime = NOW,
) -> Decision:
    (decision,) = decided(rules, name, names, now)
    return decision


def waits_for(decision: Decision, *names: str) -> bool:
    assert isinstance(decision, Waiting)
    return decision.reason == f"waiting for {', '.join(names)}"


def names(decision: Decision) -> list[str]:
    assert isinstance(decision, Ready)
    return [member.object.uri.name for member in decision.members]


def test_a_pair_is_complete() -> None:
    pair = ["run/s1_L1_R1.gz", "run/s1_L1_R2.gz"]
    assert names(found(PAIRS, pair[0], reversed(pair))) == pair


def test_half_a_pair_waits_for_the_other_half() -> None:
    assert waits_for(found(PAIRS, "run/s1_L1_R2.gz", ["run/s1_L1_R2.gz"]), "run/s1_L1_R1.gz")


def test_every_lane_seen_must_be_complete() -> None:
    lanes = ["run/s1_L1_R1.gz", "run/s1_L1_R2.gz", "run/s1_L2_R2.gz"]
    assert waits_for(found(PAIRS, lanes[0], lanes), "run/s1_L2_R1.gz")


def test_other_samples_and_folders_are_other_sets() -> None:
    pair = ["run/s1_L1_R1.gz", "run/s1_L1_R2.gz"]
    others = ["run/s1_x_L1_R1.gz", "run/s10_L1_R1.gz", "run2/s1_L2_R1.gz", "run/s1_L1_R1.gz.md5"]
    assert names(found(PAIRS, pair[0], pair + others)) == pair


def test_an_object_that_is_gone_again_is_waited_for_if_its_mate_is_there() -> None:
    assert waits_for(found(PAIRS, "run/s1_L1_R1.gz", ["run/s1_L1_R2.gz"]), "run/s1_L1_R1.gz")


def test_a_lane_that_is_gone_again_is_not_waited_for() -> None:
    pair = ["run/s1_L1_R1.gz", "run/s1_L1_R2.gz"]
    assert names(found(PAIRS, "run/s1_L2_R1.gz", pair)) == pair


def test_of_a_set_that_is_gone_there_is_nothing_to_say() -> None:
    assert decided(PAIRS, "run/s1_L1_R1.gz", []) == []


def test_an_object_of_an_earlier_rule_is_in_no_later_set(
    parse_rules: Callable[[str], tuple[Rule, ...]],
) -> None:
    rules = parse_rules("""
rules:
  - name: controls
    match: "run/s1_ctrl_R{read}.gz"
    when: {kind: set, sharing: [], complete: {read: ["1", "2"]}}
  - name: all
    match: "run/{sample}_{lane}_R{read}.gz"
    when: {kind: set, sharing: [sample], complete: {read: ["1"]}}
""")
    assert names(found(rules, "run/s1_L1_R1.gz", ["run/s1_L1_R1.gz", "run/s1_ctrl_R1.gz"])) == [
        "run/s1_L1_R1.gz"
    ]


def test_lanes_can_be_demanded_as_well(parse_rules: Callable[[str], tuple[Rule, ...]]) -> None:
    rules = parse_rules("""
rules:
  - name: lanes
    match: "{sample}_{lane}_R{read}.gz"
    when: {kind: set, sharing: [sample], complete: {lane: [L1, L2], read: ["1"]}}
""")
    assert waits_for(found(rules, "s_L1_R1.gz", ["s_L1_R1.gz"]), "s_L2_R1.gz")


SETTLING = triggers.parse(
    """
rules:
  - name: paired
    match: "{folder}/{sample}_{lane}_R{read}.gz"
    when:
      kind: set
      sharing: [folder, sample]
      complete: {read: ["1", "2"]}
      settle: 10m
      deadline: 2h
""",
    "rules",
)
PAIR = {"run/s1_L1_R1.gz": 0, "run/s1_L1_R2.gz": 5}


def test_a_complete_set_waits_until_nothing_new_has_come_for_a_while() -> None:
    decision = found(SETTLING, "run/s1_L1_R2.gz", PAIR)
    assert isinstance(decision, Waiting)
    assert decision.until == at(minutes=15)
    assert names(found(SETTLING, "run/s1_L1_R2.gz", PAIR, at(minutes=15))) == list(PAIR)


def test_only_the_event_of_the_newest_object_comes_again_for_that() -> None:
    again = [found(SETTLING, name, PAIR, at(minutes=6)).again for name in PAIR]  # type: ignore[union-attr]
    assert again == [False, True]


def test_a_set_that_is_not_complete_by_its_deadline_is_late() -> None:
    half = {"run/s1_L1_R1.gz": 0, "run/s1_L2_R1.gz": 30}
    name = "run/s1_L1_R1.gz"
    early, late = (found(SETTLING, name, half, at(minutes=m)) for m in (149, 150))
    assert isinstance(early, Waiting)
    assert isinstance(late, Waiting)
    assert (early.late, late.late) == (False, True)
    assert late.subject is not None
    assert late.subject.uri.name == "run/s1_L2_R1.gz", "the newest one's owner should know"


@pytest.mark.parametrize("seed", ["run/s1_L1_R1.gz"])
@given(present=st.sets(st.tuples(st.sampled_from("12345"), st.sampled_from("12"))))
def test_a_set_is_complete_exactly_if_every_lane_has_both_reads(
    seed: str, present: set[tuple[str, str]]
) -> None:
    objects = {f"run/s1_L{lane}_R{read}.gz" for lane, read in present}
    lanes = {lane for lane, _ in present}
    everything = {f"run/s1_L{lane}_R{read}.gz" for lane in lanes for read in "12"}
    if not objects:
        return
    outcome = found(PAIRS, seed, objects)
    if objects == everything:
        assert names(outcome) == sorted(objects)
    else:
        assert waits_for(outcome, *sorted(everything - objects))

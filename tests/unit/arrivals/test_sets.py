"""Sets are found among the objects of a folder, and known to be complete or not."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.arrivals import sets, triggers
from headrace.arrivals.sets import Complete, Incomplete
from headrace.arrivals.triggers import Rule
from headrace.gcs import ObjectUri
from headrace.runs.store import StoredObject

PAIRS = triggers.parse(
    """
rules:
  - name: paired
    match: "{folder}/{sample}_{lane}_R{read}.gz"
    when: {kind: set, sharing: [folder, sample], complete: {read: ["1", "2"]}}
""",
    "rules",
)


def listing(names: Iterable[str]) -> list[StoredObject]:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return [StoredObject(ObjectUri("inbox", name), 1, 5, "", now) for name in names]


def found(rules: tuple[Rule, ...], name: str, names: Iterable[str]) -> Complete | Incomplete:
    match = triggers.first_match(rules, name)
    assert match is not None
    return sets.gather(rules, match, listing(names))


def names(complete: Complete | Incomplete) -> list[str]:
    assert isinstance(complete, Complete)
    return [member.object.uri.name for member in complete.members]


def test_a_pair_is_complete() -> None:
    pair = ["run/s1_L1_R1.gz", "run/s1_L1_R2.gz"]
    assert names(found(PAIRS, pair[0], reversed(pair))) == pair


def test_half_a_pair_waits_for_the_other_half() -> None:
    assert found(PAIRS, "run/s1_L1_R2.gz", ["run/s1_L1_R2.gz"]) == Incomplete(("run/s1_L1_R1.gz",))


def test_every_lane_seen_must_be_complete() -> None:
    lanes = ["run/s1_L1_R1.gz", "run/s1_L1_R2.gz", "run/s1_L2_R2.gz"]
    assert found(PAIRS, lanes[0], lanes) == Incomplete(("run/s1_L2_R1.gz",))


def test_other_samples_and_folders_are_other_sets() -> None:
    pair = ["run/s1_L1_R1.gz", "run/s1_L1_R2.gz"]
    others = ["run/s1_x_L1_R1.gz", "run/s10_L1_R1.gz", "run2/s1_L2_R1.gz", "run/s1_L1_R1.gz.md5"]
    assert names(found(PAIRS, pair[0], pair + others)) == pair


def test_an_object_that_is_gone_again_is_waited_for() -> None:
    assert found(PAIRS, "run/s1_L1_R1.gz", ["run/s1_L1_R2.gz"]) == Incomplete(("run/s1_L1_R1.gz",))


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
    assert found(rules, "s_L1_R1.gz", ["s_L1_R1.gz"]) == Incomplete(("s_L2_R1.gz",))


def test_the_listing_s_prefix_is_the_part_all_of_the_set_share() -> None:
    match = triggers.first_match(PAIRS, "run/s1_L1_R1.gz")
    assert match is not None
    assert sets.prefix(match) == "run/s1_"


def test_what_a_name_s_own_part_of_the_set_consists_of_is_known_without_a_listing() -> None:
    match = triggers.first_match(PAIRS, "run/s1_L1_R1.gz")
    assert match is not None
    assert sets.expected(match) == ("run/s1_L1_R1.gz", "run/s1_L1_R2.gz")


@pytest.mark.parametrize("seed", ["run/s1_L1_R1.gz"])
@given(present=st.sets(st.tuples(st.sampled_from("12345"), st.sampled_from("12"))))
def test_a_set_is_complete_exactly_if_every_lane_has_both_reads(
    seed: str, present: set[tuple[str, str]]
) -> None:
    objects = {f"run/s1_L{lane}_R{read}.gz" for lane, read in present}
    lanes = {lane for lane, _ in present} | {"1"}
    everything = {f"run/s1_L{lane}_R{read}.gz" for lane in lanes for read in "12"}
    outcome = found(PAIRS, seed, objects)
    if objects == everything:
        assert names(outcome) == sorted(objects)
    else:
        assert outcome == Incomplete(tuple(sorted(everything - objects)))

"""A job's next start: down the ladder of places after losses, up in size after shortages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snakemake_executor_plugin_lifesciences.options import JobOptions
from snakemake_executor_plugin_lifesciences.outcome import Shortage
from snakemake_executor_plugin_lifesciences.starts import FIRST, Start, other_families, placed

SPOT = JobOptions(spot=True, zones=("us-central1-a", "us-central1-b"))


def test_a_lost_spot_job_goes_to_other_zones_then_another_family_then_on_demand() -> None:
    starts = [FIRST]
    for zone in ("us-central1-a", "us-central1-b", "us-central1-a"):
        starts.append(starts[-1].after_loss(zone))
    seen = [
        (options.zones, other_families(options, start, "e2"), options.spot)
        for start in starts
        for options in [placed(SPOT, start)]
    ]
    both = ("us-central1-a", "us-central1-b")
    assert seen == [
        (both, (), True),
        (("us-central1-b",), (), True),
        (both, ("n2", "n2d"), True),
        (both, (), False),
    ]


def test_a_job_on_demand_keeps_its_family() -> None:
    assert other_families(JobOptions(), Start(losses=2), "e2") == ()


@pytest.mark.parametrize(("attempts", "spot"), [(1, False), (2, True)])
def test_how_many_spot_machines_are_tried_is_an_option(attempts: int, spot: bool) -> None:
    options = JobOptions(spot=True, max_spot_attempts=attempts)
    assert placed(options, Start(losses=1)).spot is spot


@given(st.lists(st.sampled_from(["", "us-central1-a", "us-central1-b", "europe-west4-a"])))
def test_whatever_was_lost_some_allowed_zone_is_left_and_nothing_else_changes(
    lost: list[str],
) -> None:
    start = FIRST
    for zone in lost:
        start = start.after_loss(zone)
    options = placed(SPOT, start)
    assert options.zones
    assert set(options.zones) <= set(SPOT.zones)
    assert options.spot is (len(lost) < SPOT.max_spot_attempts)
    assert start.losses == len(lost)


def test_a_shortage_doubles_what_ran_short_and_counts_no_loss() -> None:
    start = FIRST.after_shortage(Shortage.MEMORY).after_shortage(Shortage.DISK)
    start = start.after_shortage(Shortage.MEMORY)
    assert (start.memory_doublings, start.disk_doublings, start.losses) == (2, 1, 0)
    assert start.escalations == 3

"""headrace.planning.machines: the cheapest machine that fits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import JobRefusedError
from headrace.planning.machines import cheapest, machine_types, named


@pytest.mark.parametrize(
    ("cpus", "memory_mb", "name"),
    [
        (1, 1000, "e2-highcpu-2"),
        (2, 2048, "e2-highcpu-2"),
        (2, 2049, "e2-standard-2"),
        (2, 8192, "e2-standard-2"),
        (4, 32768, "e2-highmem-4"),
        (17, 1000, "n2d-highcpu-32"),
    ],
)
def test_the_cheapest_type_that_fits_is_chosen(cpus: int, memory_mb: int, name: str) -> None:
    assert cheapest(cpus, memory_mb).name == name


@given(st.integers(1, 80), st.integers(1, 640 * 1024))
def test_nothing_cheaper_would_have_fitted(cpus: int, memory_mb: int) -> None:
    try:
        chosen = cheapest(cpus, memory_mb)
    except JobRefusedError:
        assert not any(t.cpus >= cpus and t.memory_mb >= memory_mb for t in machine_types())
    else:
        assert chosen.cpus >= cpus
        assert chosen.memory_mb >= memory_mb
        assert all(
            other.hourly >= chosen.hourly
            for other in machine_types()
            if other.cpus >= cpus and other.memory_mb >= memory_mb
        )


def test_an_impossible_request_names_the_largest_machine() -> None:
    with pytest.raises(JobRefusedError, match=r"128 vCPUs.*n2d-highmem-96 with 96 vCPUs"):
        cheapest(128, 1000)


def test_only_the_allowed_families_are_looked_at() -> None:
    assert cheapest(2, 1000, ["c2d"]).name == "c2d-highcpu-2"
    with pytest.raises(JobRefusedError, match=r"No machine of e2 has 32 vCPUs"):
        cheapest(32, 1000, ["e2"])


def test_a_machine_type_is_found_by_name_or_the_nearest_is_named() -> None:
    assert (named("c3-standard-22").cpus, named("c3-standard-22").memory_mb) == (22, 90112)
    with pytest.raises(JobRefusedError, match="did you mean 'n2-standard-4'"):
        named("n2-standrad-4")


def test_prices_agree_with_the_published_hour_of_a_known_type() -> None:
    prices = {type_.name: round(type_.hourly, 5) for type_ in machine_types()}
    assert prices["e2-standard-4"] == 0.13403
    assert prices["n2-standard-4"] == 0.19424

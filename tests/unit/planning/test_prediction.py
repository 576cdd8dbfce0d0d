"""Predictions from former jobs: robust, and honest about how little they rest on."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.money.records import Basis
from headrace.planning.history import Observation
from headrace.planning.prediction import declare, predict, theil_sen


def seen(bytes_in: int, tool: float, **more: int) -> Observation:
    return Observation(
        rule="align",
        threads=more.get("threads", 4),
        mem_mb=8000,
        bytes_in=bytes_in,
        bytes_out=bytes_in // 2,
        worked=tool + 10,
        tool=tool,
        peak_mb=100 + bytes_in / 1000,
    )


def test_time_grows_with_the_input() -> None:
    told = predict([seen(size, size / 100) for size in (1000, 2000, 3000, 5000)], 10_000, 4)
    assert told.tool.likely == pytest.approx(100)
    assert told.worked.likely == pytest.approx(110)
    assert told.memory_mb is not None
    assert told.memory_mb.likely == pytest.approx(110)
    assert told.bytes_out == pytest.approx(5000)
    assert (told.basis, told.former) == (Basis.HISTORY, 4)


def test_a_third_of_wild_observations_moves_the_line_little() -> None:
    wild = [seen(size, 900.0) for size in (1500, 2500, 3500)]
    tame = [seen(size, size / 100) for size in range(1000, 8000, 1000)]
    assert predict([*wild, *tame], 6000, 4).tool.likely == pytest.approx(60, rel=0.1)


def test_the_band_holds_eight_of_ten_like_jobs() -> None:
    chance = random.Random(7)  # noqa: S311 - chance, not secrecy
    jobs = [
        seen(size, size / 100 * chance.lognormvariate(0, 0.3)) for size in range(1000, 9000, 100)
    ]
    told = predict(jobs, 5000, 4).tool
    fresh = [50 * chance.lognormvariate(0, 0.3) for _ in range(500)]
    inside = sum(told.low <= seconds <= told.high for seconds in fresh) / len(fresh)
    assert 0.7 < inside < 0.95


def test_few_observations_make_a_wide_band() -> None:
    one = predict([seen(1000, 10)], 1000, 4).tool
    many = predict([seen(1000 + number, 10) for number in range(50)], 1000, 4).tool
    assert (one.low, one.likely, one.high) == pytest.approx((5, 10, 20), rel=0.05)
    assert many.high < 1.1 * many.likely


def test_jobs_of_as_many_threads_count_if_there_are_enough() -> None:
    slow = [seen(1000, 80, threads=1)] * 10
    fast = [seen(1000, 20, threads=4)] * 5
    assert predict([*slow, *fast], 1000, 4).tool.likely == pytest.approx(20)
    assert predict([*slow, *fast[:4]], 1000, 4).tool.likely == pytest.approx(80)


def test_without_history_parts_of_the_limit_stand_for_a_job() -> None:
    told = declare(7200, 30)
    assert (told.basis, told.former) == (Basis.DECLARED, 0)
    assert (told.tool.low, told.tool.likely, told.tool.high) == (144, 1800, 7200)
    assert told.worked.high == 7230


sizes = st.integers(0, 10**12)
times = st.floats(0, 1e6)


@given(st.lists(st.builds(seen, sizes, times), min_size=1, max_size=12), sizes, st.integers(1, 8))
def test_no_prediction_is_negative_or_out_of_order(
    told: list[Observation], size: int, threads: int
) -> None:
    found = predict(told, size, threads)
    for band in (found.tool, found.worked):
        assert 0 <= band.low <= band.likely <= band.high


@given(st.lists(st.tuples(sizes.map(float), times), min_size=1, max_size=12))
def test_more_input_never_takes_less(points: list[tuple[float, float]]) -> None:
    line = theil_sen(points)
    assert line.at(0) <= line.at(1e6) <= line.at(1e12)

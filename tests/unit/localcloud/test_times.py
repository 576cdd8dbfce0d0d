from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.wire.times import format_duration, format_timestamp, parse_duration, parse_timestamp


@pytest.mark.parametrize(
    ("text", "seconds"), [("3600s", 3600), ("0.5s", 0.5), ("-1.25s", -1.25), ("0s", 0)]
)
def test_durations_are_seconds_with_an_s(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["1h", "60", "s", "1.s", "1e3s", " 1s", "\u0661s"])
def test_what_is_not_a_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


@given(st.integers(0, 10**12).map(lambda micros: micros / 10**6))
def test_a_duration_survives_the_round_trip(seconds: float) -> None:
    assert parse_duration(format_duration(seconds)) == pytest.approx(seconds)


@given(st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_time_survives_the_round_trip(moment: datetime) -> None:
    assert parse_timestamp(format_timestamp(moment)) == moment


def test_a_fraction_has_no_trailing_zeros() -> None:
    moment = datetime(2026, 1, 31, 12, 0, 0, 120000, tzinfo=UTC)
    assert format_timestamp(moment) == "2026-01-31T12:00:00.12Z"
    assert format_timestamp(moment.replace(microsecond=0)) == "2026-01-31T12:00:00Z"


def test_nanoseconds_and_offsets_are_read() -> None:
    read = parse_timestamp("2026-01-31T12:00:00.123456789+02:00")
    assert read == datetime(2026, 1, 31, 10, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2026-01-31", "yesterday", "2026-01-31T12:00:00", "2026-13-01T00:00:00Z"]
)
def test_what_is_not_a_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (datetime's own text for an impossible date)
        parse_timestamp(text)

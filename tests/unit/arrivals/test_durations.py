"""Spans of time are a number and a unit."""

from datetime import timedelta

import pytest

from headrace.arrivals import durations
from headrace.errors import InputError


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90s", timedelta(seconds=90)),
        ("10m", timedelta(minutes=10)),
        ("2h", timedelta(hours=2)),
        ("1d", timedelta(days=1)),
    ],
)
def test_a_span_is_read(text: str, span: timedelta) -> None:
    assert durations.parse(text, "settle") == span


@pytest.mark.parametrize("text", ["", "0s", "10", "10 m", "-1m", "1.5h", "10M", "1w", "9999999s"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InputError, match=f"settle is '{text}': .* such as 10m"):
        durations.parse(text, "settle")

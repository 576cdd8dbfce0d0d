"""Numbers as people read them, and texts that hide nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.page import words


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.44, "0.4 s"),
        (7, "7 s"),
        (59.7, "1 min 00 s"),
        (200, "3 min 20 s"),
        (3900, "1 h 05 min"),
        (273600, "3 d 4 h"),
        (-5, "0 s"),
    ],
)
def test_a_time_span_has_two_units_at_most(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "USD 0.00"),
        (1234.5, "USD 1,234.50"),
        (0.0425, "USD 0.043"),
        (0.00001, "under USD 0.0001"),
    ],
)
def test_an_amount_is_told_to_where_it_says_something(amount: float, text: str) -> None:
    assert words.money(amount, "USD") == text


@given(st.text())
def test_what_is_not_seen_is_replaced_and_nothing_else(text: str) -> None:
    shown = words.visible(text)
    assert len(shown) == len(text)
    hidden = {"\u202e", "\u2066", "\u2028", "\x00", "\x1b", "\x85", "\ud800", "\r"}
    assert not hidden & set(shown)
    assert all(b in {a, "\ufffd"} for a, b in zip(text, shown, strict=True))
    assert words.visible("a b\n\tc é 𝄞") == "a b\n\tc é 𝄞"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (898_123, "898 kB"), (2_580_809, "2.58 MB")]
)
def test_sizes_are_said_as_people_do(count: int, text: str) -> None:
    assert words.size(count) == text

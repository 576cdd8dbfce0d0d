"""Budget messages of every recorded shape are read, and everything else is refused."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import RecordError
from headrace.guard import messages
from headrace.guard.messages import PUBLISHED, BudgetNotice
from tests.unit.guard.conftest import message, recorded


def test_a_message_says_what_was_spent_of_what_since_when() -> None:
    assert messages.read(PUBLISHED, recorded("below-threshold")) == BudgetNotice(
        budget="6f0d4f43-1c2d-4a3e-9b6f-0a1b2c3d4e5f",
        name="headrace lab-project",
        interval=datetime(2026, 10, 1, 7, tzinfo=UTC),
        cost=42.17,
        amount=100.0,
        currency="USD",
    )


@pytest.mark.parametrize(
    ("name", "percent"),
    [
        ("below-threshold", 42),
        ("threshold-passed", 51),
        ("forecast", 42),
        ("over-budget", 104),
        ("last-period-in-euros", 81),
    ],
)
def test_every_recorded_shape_is_read(name: str, percent: int) -> None:
    """A forecast is no spending, and a share of the budget has no currency."""
    assert round(messages.read(PUBLISHED, recorded(name)).share * 100) == percent


@pytest.mark.parametrize(
    "changes",
    [
        {"budgetAmount": 0},
        {"budgetAmount": -5},
        {"costAmount": "much"},
        {"costAmount": None},
        {"currencyCode": "dollars"},
        {"costIntervalStart": "2026-10-01T07:00:00"},
        {"costIntervalStart": "October"},
    ],
)
def test_impossible_amounts_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(RecordError):
        messages.read(PUBLISHED, message(**changes))


def test_a_budget_s_id_cannot_be_a_path() -> None:
    event = recorded("over-budget")
    event["message"]["attributes"]["budgetId"] = "../../runs"
    with pytest.raises(RecordError, match="impossible budget"):
        messages.read(PUBLISHED, event)


def test_events_of_other_kinds_are_refused() -> None:
    with pytest.raises(RecordError, match="no budget messages"):
        messages.read("google.cloud.storage.object.v1.finalized", recorded("over-budget"))


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(json_values | st.fixed_dictionaries({"message": json_values}))
def test_anything_else_is_refused_in_a_sentence(data: Any) -> None:
    with pytest.raises(RecordError):
        messages.read(PUBLISHED, data)

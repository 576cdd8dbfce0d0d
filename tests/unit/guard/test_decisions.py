"""Each step is taken once per budget, interval and amount, whatever the order of messages."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.guard import decisions
from headrace.guard.decisions import Step
from headrace.guard.messages import BudgetNotice


def notice(cost: float, amount: float = 100) -> BudgetNotice:
    return BudgetNotice("b-1", "name", datetime(2026, 10, 1, 7, tzinfo=UTC), cost, amount, "USD")


@pytest.mark.parametrize(
    ("cost", "step"),
    [
        (-3, None),
        (0, None),
        (49.99, None),
        (50, Step.WARN_OF_HALF),
        (79.99, Step.WARN_OF_HALF),
        (80, Step.WARN_OF_MOST),
        (99.99, Step.WARN_OF_MOST),
        (100, Step.PAUSE),
        (1e6, Step.PAUSE),
    ],
)
def test_the_step_is_the_highest_that_was_reached(cost: float, step: Step | None) -> None:
    assert decisions.decide(notice(cost), []) is step


@given(st.lists(st.floats(-10, 300), max_size=30))
def test_steps_only_rise_and_the_last_is_that_of_the_highest_amount(costs: list[float]) -> None:
    """Messages in any order, with duplicates: nothing is done twice and nothing is left out."""
    taken: list[Step] = []
    for cost in costs:
        step = decisions.decide(notice(cost), taken)
        if step is not None:
            taken.append(step)
    assert taken == sorted(set(taken))
    highest = decisions.decide(notice(max(costs, default=0)), [])
    assert (taken[-1] if taken else None) is highest


def test_a_new_month_and_a_raised_budget_are_remembered_apart() -> None:
    september = BudgetNotice("b-1", "n", datetime(2026, 9, 1, 7, tzinfo=UTC), 1, 100, "USD")
    others = (notice(1, 1234567), notice(1, 1234568), september)
    folders = {decisions.memory_folder(n) for n in (notice(1), *others)}
    assert len(folders) == 4
    assert decisions.memory_folder(notice(1)) == decisions.memory_folder(notice(99))

"""Which step a budget message calls for: pure.

Every step is taken once per budget, interval and amount, and none below one that was taken. So
duplicates do nothing, late messages with lower amounts do nothing, a month that begins anew and
a budget that was raised begin anew, and who resumes within the month is not overruled.
"""

from collections.abc import Collection
from datetime import UTC
from enum import IntEnum

from headrace.guard.messages import BudgetNotice


class Step(IntEnum):
    """What is to be done, by the percentage of the budget it is done at."""

    WARN_OF_HALF = 50
    WARN_OF_MOST = 80
    PAUSE = 100


def decide(notice: BudgetNotice, taken: Collection[Step]) -> Step | None:
    """Return the step that is due now, given those already taken; None if there is none."""
    reached = [step for step in Step if notice.share * 100 >= step]
    due = max(reached, default=None)
    if due is None or any(step >= due for step in taken):
        return None
    return due


def memory_folder(notice: BudgetNotice) -> str:
    """Return where the steps of this budget, interval and amount are remembered, below control/."""
    interval = notice.interval.astimezone(UTC)
    amount = f"{notice.amount:.2f}-{notice.currency}"
    return f"budget/{notice.budget}/{interval:%Y%m%dT%H%M%SZ}/{amount}"

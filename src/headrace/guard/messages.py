"""Budget messages, as Cloud Billing publishes them several times a day.

Cloud Billing, "Set up programmatic notifications": attributes name account and budget, data is
base64 of JSON. A message comes whether or not a threshold was passed, more than once, in any
order; its amounts are in the budget's own currency, so that only their ratio is used here.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from headrace import records
from headrace.errors import RecordError

PUBLISHED = "google.cloud.pubsub.topic.v1.messagePublished"

_BUDGET_ID = re.compile(r"[A-Za-z0-9-]{1,64}\Z")
_CURRENCY = re.compile(r"[A-Z]{3}\Z")


@dataclass(frozen=True)
class BudgetNotice:
    """What has been spent of a budget since its interval began.

    Attributes:
        budget: the budget's id.
        name: its name, for people.
        interval: when the interval began that the amounts are of.
        cost: spent so far, in `currency`; credits can make it negative.
        amount: the budget, in `currency`; more than nothing.
        currency: three letters.
    """

    budget: str
    name: str
    interval: datetime
    cost: float
    amount: float
    currency: str

    @property
    def share(self) -> float:
        """The part of the budget that is spent: 1.0 is all of it."""
        return self.cost / self.amount


class _Content(msgspec.Struct, frozen=True, rename="camel"):
    """The data of a message; fields that we do not use are let through."""

    cost_amount: float
    cost_interval_start: datetime
    budget_amount: float
    currency_code: str
    budget_display_name: str = ""


def read(event_type: str, data: Any) -> BudgetNotice:
    """Return what an event says; raises `RecordError` if it is no budget message."""
    if event_type != PUBLISHED:
        raise RecordError(f"Events of type '{event_type}' are no budget messages.")
    message = _mapping(_mapping(data).get("message"))
    budget = str(_mapping(message.get("attributes")).get("budgetId", ""))
    if not _BUDGET_ID.match(budget):
        raise RecordError(f"The budget message names the impossible budget {budget!r}.")
    content = records.decode_json(_decoded(message.get("data")), _Content, "budget message")
    if content.budget_amount <= 0 or not _CURRENCY.match(content.currency_code):
        raise RecordError(
            f"The budget message speaks of {content.budget_amount} {content.currency_code!r}."
        )
    if content.cost_interval_start.tzinfo is None:
        raise RecordError("The budget message's interval begins at a time of no time zone.")
    return BudgetNotice(
        budget=budget,
        name=content.budget_display_name,
        interval=content.cost_interval_start,
        cost=content.cost_amount,
        amount=content.budget_amount,
        currency=content.currency_code,
    )


def _decoded(data: Any) -> bytes:
    try:
        return base64.b64decode(str(data), validate=True)
    except (binascii.Error, ValueError) as error:
        raise RecordError("The budget message's data is not base64.") from error


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RecordError("The event holds no Pub/Sub message.")
    return value

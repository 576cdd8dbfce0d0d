"""The notice, as programs get it: JSON, by Pub/Sub or a plain webhook; `schema()` describes it."""

import re
from datetime import datetime
from typing import Any, Literal

import msgspec

from headrace.errors import InputError
from headrace.runs.records import RunEvent

VERSION: Literal[1] = 1
"""Raised when a reader of the former version could misread a notice; keys may be added without."""

MAX_VERDICTS = 50
"""Most verdicts that a notice names; `counts` counts them all."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}\Z")


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of the notice and its parts."""


class Link(Part, frozen=True):
    """Where to look: `address` is https on Google Cloud, http on a local cloud."""

    title: str
    address: str


class SampleVerdict(Part, frozen=True):
    """The judgement of one sample: PASS, WARN or FAIL, and why."""

    sample: str
    verdict: str
    reasons: list[str] = []


class Price(Part, frozen=True):
    """Money, in the currency of three letters."""

    amount: float
    currency: str


class Notice(Part, frozen=True):
    """One thing that people should know.

    Attributes:
        id: the same for the same event, however often it is told: of equal ids one is sent to each
            channel. Letters, digits, `.`, `_` and `-`, at most 200.
        event: what happened.
        created: when the notice was written, UTC.
        headline: one line without a full stop.
        sentence: what happened, in whole sentences.
        next_step: the one thing to do now; empty if there is nothing to do.
        run_id: the run, if there is one.
        rule: the trigger rule, if there is one.
        object: the upload that it is about, `gs://…`; for refused and waiting uploads.
        counts: how many samples have each verdict.
        verdicts: the first `MAX_VERDICTS` samples, the worst first.
        cost: what the run has cost, if that is known.
        links: where to look, the best first.
        version: of this schema.
    """

    id: str
    event: RunEvent
    created: datetime
    headline: str
    sentence: str
    next_step: str = ""
    run_id: str | None = None
    rule: str | None = None
    object: str | None = None
    counts: dict[str, int] = {}
    verdicts: list[SampleVerdict] = []
    cost: Price | None = None
    links: list[Link] = []
    version: Literal[1] = VERSION

    def __post_init__(self) -> None:
        """Raise `InputError` if the id could not be part of an object's name."""
        if not _ID.match(self.id):
            raise InputError(f"A notice cannot have the id {self.id!r}.")


class Delivery(Part, frozen=True):
    """`gs://RESULTS/notices/ID/CHANNEL.json`: what became of a notice on one channel.

    Attributes:
        state: `sending` until it is `sent` or has `failed`; `before` only in what `send` returns,
            for a notice that was sent or is being sent already.
        since: when.
        detail: why it failed.
    """

    channel: str
    state: Literal["sending", "sent", "failed", "before"]
    since: datetime
    detail: str = ""


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a notice."""
    return msgspec.json.schema(Notice)

"""The sweep: look through the inbox for what events missed, start it, and say what waits and why.

Events come at least once, but only while somebody listens: a function that could not start for a
day, or a trigger made after the first upload, leaves complete sets behind. Every set goes through
the same decision as an event, so a sweep beside events, or two sweeps at once, start nothing twice.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from headrace.arrivals import sets, triggers
from headrace.arrivals.handler import Handler, Kind, Outcome
from headrace.arrivals.triggers import Rule
from headrace.errors import HeadraceError
from headrace.gcs import ObjectUri
from headrace.runs.store import StoredObject

LOG = logging.getLogger(__name__)

REACH = timedelta(hours=24)
"""How far back a sweep looks: Eventarc itself repeats an event for that long."""

_NOTEWORTHY = (Kind.STARTED, Kind.WAITING, Kind.FAILED)


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep found of one set, or of one object that belongs to none."""

    object: str
    kind: Kind
    reason: str
    run_id: str | None = None


class SweepReport(msgspec.Struct, frozen=True, kw_only=True):
    """All that one sweep found.

    Attributes:
        since: older objects were not looked at.
        counts: how many of the sets and objects had each end.
    """

    since: datetime
    counts: dict[Kind, int]
    found: list[Swept]

    @property
    def noteworthy(self) -> list[Swept]:
        """What was started, what waits, and what failed and is tried again by the next sweep."""
        return [swept for swept in self.found if swept.kind in _NOTEWORTHY]


def sweep(handler: Handler, reach: timedelta = REACH) -> SweepReport:
    """Decide on everything in the inbox that was uploaded within `reach`; log and report.

    Raises:
        StorageError: the inbox cannot be listed. What fails for one set is in the report instead.
    """
    since = handler.clock() - reach
    inbox = ObjectUri(str(handler.settings.inbox), "")
    recent = (stored for stored in handler.store.list_objects(inbox) if stored.updated >= since)
    found = [_swept(handler, stored) for stored in _one_of_each(handler.rules, recent)]
    counts = {kind: sum(swept.kind is kind for swept in found) for kind in Kind}
    report = SweepReport(
        since=since, counts={kind: count for kind, count in counts.items() if count}, found=found
    )
    _log(report)
    return report


def _one_of_each(rules: Sequence[Rule], listing: Iterable[StoredObject]) -> Iterator[StoredObject]:
    """Yield the first object of every set, and every object that belongs to none."""
    seen: set[tuple[str, ...]] = set()
    for stored in listing:
        match = triggers.first_match(rules, stored.uri.name)
        if match is not None:
            key = sets.key(match)
            if key in seen:
                continue
            seen.add(key)
        if not stored.uri.name.endswith("/"):
            yield stored


def _swept(handler: Handler, stored: StoredObject) -> Swept:
    try:
        outcome = handler.decide(stored)
    except HeadraceError as error:
        outcome = Outcome(Kind.FAILED, str(error))
    return Swept(
        object=stored.uri.name, kind=outcome.kind, reason=outcome.reason, run_id=outcome.run_id
    )


def _log(report: SweepReport) -> None:
    for swept in report.noteworthy:
        level = logging.ERROR if swept.kind is Kind.FAILED else logging.INFO
        details = {"outcome": swept.kind.value, "run_id": swept.run_id, "object": swept.object}
        LOG.log(level, "%s", swept.reason, extra={"details": details})
    counts = {kind.value: count for kind, count in report.counts.items()}
    LOG.info("Swept the inbox.", extra={"details": {"counts": counts}})

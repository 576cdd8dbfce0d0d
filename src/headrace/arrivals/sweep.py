"""The sweep: look through the inbox for what events missed, start it, and say what waits and why.

It also looks after runs whose controller was lost (`headrace.runs.healing`).

Events come at least once, but only while somebody listens: a function that could not start for a
day, or a trigger made after the first upload, leaves complete sets behind. Every set goes through
the same decision as an event, so a sweep beside events, or two sweeps at once, start nothing twice.
"""

import logging
import os
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from headrace.arrivals import kinds, triggers
from headrace.arrivals.decisions import Key
from headrace.arrivals.handler import Handler
from headrace.arrivals.outcomes import Kind, Outcome
from headrace.errors import HeadraceError
from headrace.gcs import ObjectUri
from headrace.runs.healing import Cure, Healed, Healer
from headrace.runs.store import StoredObject

LOG = logging.getLogger(__name__)

REACH = timedelta(hours=24)
"""How far back a sweep looks, and so much longer as a rule waits for a time to pass.

Eventarc itself repeats an event for that long.
"""

_NOTEWORTHY = (Kind.STARTED, Kind.WAITING, Kind.REJECTED, Kind.FAILED)


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
        runs: those whose controller was lost, and what was done for them.
    """

    since: datetime
    counts: dict[Kind, int]
    found: list[Swept]
    runs: list[Healed] = []

    @property
    def failed(self) -> bool:
        """Whether something failed that the next sweep repeats."""
        return Kind.FAILED in self.counts or any(run.cure is Cure.FAILED for run in self.runs)

    @property
    def noteworthy(self) -> list[Swept]:
        """What was started, waits or was refused, and what failed and the next sweep repeats."""
        return [swept for swept in self.found if swept.kind in _NOTEWORTHY]


def sweep(handler: Handler, reach: timedelta = REACH) -> SweepReport:
    """Decide on everything in the inbox that was uploaded within `reach`, and look after runs.

    Raises:
        StorageError: the inbox cannot be listed. What fails for one set is in the report instead.
        ServiceError: controllers cannot be listed.
    """
    report = look_through(handler, "", handler.clock() - reach)
    healer = Healer(handler.launcher.starter, os.environ, handler.clock)
    return msgspec.structs.replace(report, runs=healer.heal())


def look_through(handler: Handler, folder: str, since: datetime) -> SweepReport:
    """Decide on everything in a folder of the inbox that was uploaded since then; log and report.

    Raises:
        StorageError: the inbox cannot be listed. What fails for one set is in the report instead.
    """
    found = _all_found(handler, folder, since)
    counts = {kind: sum(swept.kind is kind for swept in found) for kind in Kind}
    report = SweepReport(
        since=since, counts={kind: count for kind, count in counts.items() if count}, found=found
    )
    _log(report)
    return report


def _all_found(handler: Handler, folder: str, since: datetime) -> list[Swept]:
    """Decide about one object of every set, and report each set once."""
    found, reported = list[Swept](), set[Key]()
    for stored in _one_of_each(handler, folder, since):
        for outcome in _outcomes(handler, stored):
            if outcome.key and outcome.key in reported:
                continue
            reported.add(outcome.key)
            found.append(_swept(stored, outcome))
    return found


def _one_of_each(handler: Handler, folder: str, since: datetime) -> Iterator[StoredObject]:
    """Yield the first young object of every set, and every one that belongs to none."""
    seen = set[Key]()
    inbox = ObjectUri(str(handler.settings.inbox), folder)
    for stored in handler.store.list_objects(inbox):
        match = triggers.first_match(handler.rules, stored.uri.name)
        patience = match.rule.patience if match else timedelta()
        if stored.uploaded < since - patience or stored.uri.name.endswith("/"):
            continue
        if match is not None:
            key = kinds.of(match.rule).key(match, stored)
            if key in seen:
                continue
            seen.add(key)
        yield stored


def _outcomes(handler: Handler, stored: StoredObject) -> list[Outcome]:
    try:
        return handler.decide(stored)
    except HeadraceError as error:
        return [Outcome(Kind.FAILED, str(error))]


def _swept(stored: StoredObject, outcome: Outcome) -> Swept:
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

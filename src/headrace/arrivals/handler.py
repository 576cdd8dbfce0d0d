"""The whole path of an upload: event, name, rule, set, claim, job."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from headrace import gcs
from headrace.arrivals import events, rejections, requests, sets, triggers
from headrace.arrivals.claims import Started, Starter
from headrace.arrivals.events import Ignored
from headrace.arrivals.sets import Complete, Incomplete
from headrace.arrivals.triggers import Match, Rule
from headrace.errors import UnsafeNameError
from headrace.gcs import ObjectUri
from headrace.guard import pause
from headrace.runs.store import Store, StoredObject
from headrace.settings import Settings

LOG = logging.getLogger(__name__)


class Kind(Enum):
    """What became of an event."""

    IGNORED = "ignored"
    REJECTED = "rejected"
    UNMATCHED = "unmatched"
    WAITING = "waiting"
    STARTED = "started"
    DUPLICATE = "duplicate"
    FAILED = "failed"


@dataclass(frozen=True)
class Outcome:
    """What became of an event, why, and for which run, if there is one."""

    kind: Kind
    reason: str
    run_id: str | None = None


@dataclass(frozen=True)
class Handler:
    """Handles events, each on its own: no state but the objects in the results bucket."""

    settings: Settings
    rules: Sequence[Rule]
    store: Store
    starter: Starter
    clock: Callable[[], datetime]

    def handle(self, event_type: str, data: Any) -> Outcome:
        """Handle one event and log what became of it.

        Raises:
            StorageError, ServiceError, PausedError: the event must be delivered again.
        """
        uploaded = events.read(event_type, data)
        if isinstance(uploaded, Ignored):
            outcome = Outcome(Kind.IGNORED, uploaded.reason)
        else:
            outcome = self.decide(uploaded)
        _log(outcome, uploaded)
        return outcome

    def decide(self, uploaded: StoredObject) -> Outcome:
        """Refuse an object, wait for the rest of its set, or start the run of the set.

        Raises what `handle` raises.
        """
        if uploaded.uri.bucket != self.settings.inbox:
            return Outcome(Kind.IGNORED, f"'{uploaded.uri.bucket}' is not the inbox")
        try:
            gcs.check_name(uploaded.uri.name, "object name")
        except UnsafeNameError as error:
            rejections.leave(self.store, self.settings.results, uploaded, str(error), self.clock())
            return Outcome(Kind.REJECTED, str(error))
        match = triggers.first_match(self.rules, uploaded.uri.name)
        if match is None:
            return Outcome(Kind.UNMATCHED, "no rule's pattern fits the name")
        return self._handle_match(match)

    def _handle_match(self, match: Match) -> Outcome:
        """Decide by the listing, not by the event: events come late, twice and in any order."""
        prefix = ObjectUri(str(self.settings.inbox), sets.prefix(match))
        found = sets.gather(self.rules, match, self.store.list_objects(prefix))
        if isinstance(found, Incomplete):
            return Outcome(Kind.WAITING, f"waiting for {', '.join(found.missing)}")
        return self._start(match.rule, found)

    def _start(self, rule: Rule, found: Complete) -> Outcome:
        pause.check(self.store, self.settings.results)
        now = self.clock()
        request = requests.run_request(rule, found, self.settings, now)
        started = self.starter.start(request, now)
        kind = Kind.DUPLICATE if started is Started.BEFORE else Kind.STARTED
        reason = f"run {request.run_id} of {len(found.members)} objects was {started.value}"
        return Outcome(kind, reason, request.run_id)


def _log(outcome: Outcome, uploaded: StoredObject | Ignored) -> None:
    details = {"outcome": outcome.kind.value, "run_id": outcome.run_id}
    if isinstance(uploaded, StoredObject):
        details["object"] = str(uploaded.uri)
    level = logging.WARNING if outcome.kind is Kind.REJECTED else logging.INFO
    LOG.log(level, "%s", outcome.reason, extra={"details": details})

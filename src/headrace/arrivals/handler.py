"""The whole path of an upload: event, name, rule, set, run."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from headrace import gcs
from headrace.arrivals import events, kinds, triggers
from headrace.arrivals.decisions import Decision, Ready, Refused, Waiting
from headrace.arrivals.events import Ignored
from headrace.arrivals.inbox import Inbox
from headrace.arrivals.launching import Launcher
from headrace.arrivals.outcomes import Kind, Outcome
from headrace.arrivals.triggers import Match, Role, Rule
from headrace.errors import HeadraceError, TooEarlyError, UnsafeNameError
from headrace.runs.records import RunEvent
from headrace.runs.store import Store, StoredObject
from headrace.settings import Settings

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Handler:
    """Handles events, each on its own: no state but the objects in the results bucket."""

    settings: Settings
    rules: Sequence[Rule]
    store: Store
    launcher: Launcher
    clock: Callable[[], datetime]

    def handle(self, event_type: str, data: Any) -> list[Outcome]:
        """Handle one event and log what became of it: an outcome for each set it is part of.

        Raises:
            StorageError, ServiceError, PausedError, TooEarlyError: the event must come again.
        """
        uploaded = events.read(event_type, data)
        if isinstance(uploaded, Ignored):
            outcomes = [Outcome(Kind.IGNORED, uploaded.reason)]
        else:
            outcomes = self.decide(uploaded)
        for outcome in outcomes:
            _log(outcome, uploaded)
        for outcome in outcomes:
            if outcome.error is not None:
                raise outcome.error
        return outcomes

    def decide(self, uploaded: StoredObject) -> list[Outcome]:
        """Refuse an object, wait for the rest of its sets, or start their runs.

        What fails for one set keeps no other from starting: it is in that set's outcome.

        Raises:
            StorageError: the inbox could not be looked at, or a refusal not be left.
        """
        name = uploaded.uri.name
        if uploaded.uri.bucket != self.settings.inbox:
            return [Outcome(Kind.IGNORED, f"'{uploaded.uri.bucket}' is not the inbox")]
        try:
            gcs.check_name(name, "object name")
        except UnsafeNameError as error:
            self.launcher.rejections.leave(uploaded, str(error), None)
            return [Outcome(Kind.REJECTED, str(error))]
        match = triggers.first_match(self.rules, name)
        if match is None:
            return [Outcome(Kind.UNMATCHED, "no rule's pattern fits the name")]
        return self._decide_match(match, uploaded)

    def _decide_match(self, match: Match, uploaded: StoredObject) -> list[Outcome]:
        """Decide by the inbox, not by the event: events come late, twice and in any order."""
        inbox = Inbox(str(self.settings.inbox), self.rules, self.store, self.clock())
        decisions = kinds.of(match.rule).decide(match, uploaded, inbox)
        if not decisions:
            return [Outcome(Kind.IGNORED, "it is not there any more")]
        return [self._follow(match, inbox, decision) for decision in decisions]

    def _follow(self, match: Match, inbox: Inbox, decision: Decision) -> Outcome:
        try:
            match decision:
                case Ready():
                    return self.launcher.start(match.rule, decision)
                case Waiting():
                    return self._wait(match, inbox, decision)
                case Refused():
                    self.launcher.rejections.leave(decision.object, decision.reason, match.rule)
                    return Outcome(Kind.REJECTED, decision.reason, key=decision.key)
        except HeadraceError as error:
            return Outcome(Kind.FAILED, str(error), key=decision.key, error=error)

    def _wait(self, match: Match, inbox: Inbox, waiting: Waiting) -> Outcome:
        """Say what a set waits for; who uploaded a bad file hears of it without waiting."""
        if waiting.late and waiting.subject is not None:
            reason = f"The run has not started: {waiting.reason}. It starts when that is put right."
            self.launcher.rejections.leave(waiting.subject, reason, match.rule, RunEvent.WAITING)
        refusal = self._refusal(match, inbox)
        if refusal is not None:
            return Outcome(Kind.REJECTED, refusal, key=waiting.key)
        error = TooEarlyError(f"It is too early: {waiting.reason}.") if waiting.again else None
        return Outcome(Kind.WAITING, waiting.reason, key=waiting.key, error=error)

    def _refusal(self, match: Match, inbox: Inbox) -> str | None:
        """Refuse a file for itself; nothing if it is good, or a sheet or marker."""
        rule = match.rule
        if rule.files is not None and match.role is Role.OPENER:
            return None
        members = inbox.members(rule, match.role, match.fields)
        refused = self.launcher.gate.objections(rule.checks, members)
        for stored, sentence in refused.items():
            self.launcher.rejections.leave(stored, sentence, rule)
        return next(iter(refused.values()), None)


def _log(outcome: Outcome, uploaded: StoredObject | Ignored) -> None:
    details = {"outcome": outcome.kind.value, "run_id": outcome.run_id}
    if isinstance(uploaded, StoredObject):
        details["object"] = str(uploaded.uri)
    level = logging.WARNING if outcome.kind is Kind.REJECTED else logging.INFO
    LOG.log(level, "%s", outcome.reason, extra={"details": details})

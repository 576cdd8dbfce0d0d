"""`when: {kind: batch}`: one run of everything that arrives within a window of time.

Windows are whole multiples of their length since 1970, in UTC, so that everybody who looks at an
object knows its window: by the time at which the upload was finished.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from headrace.arrivals.decisions import Decision, Key, Member, Ready, Waiting
from headrace.arrivals.documents import WhenBatch
from headrace.arrivals.inbox import Inbox
from headrace.arrivals.triggers import Match, Role, Rule
from headrace.runs.store import StoredObject

SLACK = timedelta(seconds=10)
"""How far Cloud Storage's clock and ours may be apart."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Batch:
    """See `kinds.Kind`."""

    rule: Rule
    when: WhenBatch

    def key(self, match: Match, stored: StoredObject) -> Key:
        """Return the rule, the values that the batch shares, and the window's beginning."""
        return (*self._set(match), self._window(stored).isoformat())

    def decide(self, match: Match, stored: StoredObject, inbox: Inbox) -> list[Decision]:
        """Decide about the window of the event, and that of what is there now under the name."""
        members = inbox.members(self.rule, Role.OPENER, self._shared(match))
        windows = {self._window(stored)}
        windows |= {self._window(m.object) for m in members if m.object.uri == stored.uri}
        return [
            self._of_window(match, window, batch, stored, inbox)
            for window in sorted(windows)
            if (batch := tuple(m for m in members if self._window(m.object) == window))
        ]

    def explain(self, match: Match) -> list[tuple[str, str]]:
        """Say with what it would share a run."""
        shared = ", ".join(f"{key}={text}" for key, text in self._shared(match).items())
        objects = f"all such objects with {shared}" if shared else "all such objects"
        return [("its batch", f"{objects} that arrive within the same {self.when.window}")]

    def _of_window(
        self,
        match: Match,
        window: datetime,
        batch: tuple[Member, ...],
        stored: StoredObject,
        inbox: Inbox,
    ) -> Decision:
        until = window + self.rule.window + SLACK
        if inbox.now < until:
            first = min(batch, key=lambda member: (member.object.uploaded, member.object.uri))
            reason = f"its batch is open until {until:%H:%M:%S} UTC"
            again = first.object.uri == stored.uri
            return Waiting(self.key(match, stored), reason, until=until, again=again)
        fields = {**self._shared(match), "window": f"{window:%Y%m%dT%H%M%SZ}"}
        tail = f"{int(window.timestamp()):012x}"
        return Ready(self._set(match), batch, fields, tail=tail)

    def _set(self, match: Match) -> Key:
        return (self.rule.name, *self._shared(match).values())

    def _shared(self, match: Match) -> dict[str, str]:
        return {field: match.fields[field] for field in self.when.sharing}

    def _window(self, stored: StoredObject) -> datetime:
        return _EPOCH + (stored.uploaded - _EPOCH) // self.rule.window * self.rule.window

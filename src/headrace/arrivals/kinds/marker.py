"""`when: {kind: marker}`: one run of a folder's files when a file says that it is complete."""

import hashlib
from dataclasses import dataclass

from headrace.arrivals.decisions import Decision, Key, Member, Ready, Waiting
from headrace.arrivals.documents import WhenMarker
from headrace.arrivals.inbox import Inbox
from headrace.arrivals.kinds import completeness, settling
from headrace.arrivals.triggers import Match, Role, Rule
from headrace.runs.store import StoredObject

_HEX_DIGITS = 12


@dataclass(frozen=True)
class Marker:
    """See `kinds.Kind`."""

    rule: Rule
    when: WhenMarker

    def key(self, match: Match, stored: StoredObject) -> Key:
        """Return the rule and the marker's name, or for a file the values it shares with one."""
        if match.role is Role.OPENER:
            return (self.rule.name, stored.uri.name)
        return (self.rule.name, *sorted(match.common.values()), Role.FILE.value)

    def decide(self, match: Match, stored: StoredObject, inbox: Inbox) -> list[Decision]:
        """Look for the marker first, which is cheap, and only then for its files."""
        shared = match.fields if match.role is Role.OPENER else match.common
        markers = inbox.members(self.rule, Role.OPENER, shared)
        if not markers and match.role is Role.FILE:
            wanted = self.rule.pattern.hint(match.common)
            return [Waiting(self.key(match, stored), f"waiting for the marker {wanted}")]
        return [self._of_marker(marker, stored, inbox) for marker in markers]

    def explain(self, match: Match) -> list[tuple[str, str]]:
        """Say which marker closes which files."""
        common = {field: match.fields[field] for field in self.rule.common}
        files = self.rule.members.hint(common)
        if match.role is Role.OPENER:
            return [("it closes", f"all objects {files}, for one run")]
        marker = self.rule.pattern.hint(common)
        return [("also needed", f"the marker {marker}, which closes all objects {files}")]

    def _of_marker(self, marker: Member, stored: StoredObject, inbox: Inbox) -> Decision:
        common = {field: marker.fields[field] for field in self.rule.common}
        key = (self.rule.name, marker.object.uri.name)
        files = inbox.members(self.rule, Role.FILE, common)
        missing = completeness.missing(self.rule.members, self.when.complete, files)
        if missing or not files:
            late = self.rule.is_late(marker.object.uploaded, inbox.now)
            names = ", ".join(missing) or f"any object {self.rule.members.hint(common)}"
            reason = f"the marker '{marker.object.uri.name}' is there; waiting for {names}"
            return Waiting(key, reason, marker.object, late)
        unsettled = settling.unsettled(self.rule, key, (marker, *files), stored, inbox.now)
        return unsettled or Ready(key, files, marker.fields, opener=marker, tail=_tail(marker))


def _tail(marker: Member) -> str:
    """Return what makes a run of a marker: that upload of it, and not which files it found."""
    upload = f"{marker.object.uri}#{marker.object.generation}"
    return hashlib.sha256(upload.encode()).hexdigest()[:_HEX_DIGITS]

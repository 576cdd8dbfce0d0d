"""`when: {kind: each}`: a run for each object."""

from dataclasses import dataclass

from headrace.arrivals.decisions import Decision, Key, Ready
from headrace.arrivals.inbox import Inbox
from headrace.arrivals.triggers import Match, Role, Rule
from headrace.runs.store import StoredObject


@dataclass(frozen=True)
class Each:
    """See `kinds.Kind`."""

    rule: Rule

    def key(self, match: Match, stored: StoredObject) -> Key:
        """Return the rule and the object's name."""
        del match
        return (self.rule.name, stored.uri.name)

    def decide(self, match: Match, stored: StoredObject, inbox: Inbox) -> list[Decision]:
        """Start with what is there now under the name."""
        members = inbox.members(self.rule, Role.OPENER, match.fields)
        key = self.key(match, stored)
        return [Ready(key, (member,), match.fields) for member in members]

    def explain(self, match: Match) -> list[tuple[str, str]]:
        """Say that it needs no other."""
        del match
        return [("also needed", "nothing: it is complete by itself")]

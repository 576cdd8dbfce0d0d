"""`when: {kind: set}`: a run when all reads and lanes of a sample are there, or the like."""

from dataclasses import dataclass

from headrace.arrivals.decisions import Decision, Key, Ready, Waiting, newest
from headrace.arrivals.documents import WhenSet
from headrace.arrivals.inbox import Inbox
from headrace.arrivals.kinds import completeness, settling
from headrace.arrivals.triggers import Match, Role, Rule
from headrace.runs.store import StoredObject


@dataclass(frozen=True)
class Set:
    """See `kinds.Kind`."""

    rule: Rule
    when: WhenSet

    def key(self, match: Match, stored: StoredObject) -> Key:
        """Return the rule and the values that the set shares."""
        del stored
        return (self.rule.name, *self._shared(match).values())

    def decide(self, match: Match, stored: StoredObject, inbox: Inbox) -> list[Decision]:
        """Look whether every demanded object is there, and nothing new has come for a while."""
        shared, key = self._shared(match), self.key(match, stored)
        members = inbox.members(self.rule, Role.OPENER, shared)
        if not members:
            return []
        missing = completeness.missing(self.rule.pattern, self.when.complete, members)
        if missing:
            last = newest(members).object
            late = self.rule.is_late(last.uploaded, inbox.now)
            return [Waiting(key, f"waiting for {', '.join(missing)}", last, late)]
        unsettled = settling.unsettled(self.rule, key, members, stored, inbox.now)
        return [unsettled or Ready(key, members, shared)]

    def explain(self, match: Match) -> list[tuple[str, str]]:
        """Say what shares the set, and what it needs."""
        wanted = completeness.demanded(self.rule.pattern, self.when.complete, match.fields)
        others = [other for other in wanted if other != self.rule.pattern.name(match.fields)]
        lines = [
            ("its set", _described(self._shared(match))),
            ("also needed", ", ".join(others) or "nothing: it is complete by itself"),
        ]
        given = {*self.when.sharing, *self.when.complete}
        free = [field for field in self.rule.pattern.fields if field not in given]
        if free:
            lines.append(("", f"and the same for every other {' and '.join(free)} that is there"))
        if self.when.settle:
            lines.append(("settles", f"when nothing new has come for {self.when.settle}"))
        return lines

    def _shared(self, match: Match) -> dict[str, str]:
        return {field: match.fields[field] for field in self.when.sharing}


def _described(shared: dict[str, str]) -> str:
    if not shared:
        return "all such objects"
    return "all such objects with " + ", ".join(f"{key}={text}" for key, text in shared.items())

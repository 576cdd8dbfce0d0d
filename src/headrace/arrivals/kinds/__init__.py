"""The kinds of `when`: each decides, by what the inbox holds, about the sets of an object.

A kind is asked about an object of its rule, and answers with a decision for each set that the
object has to do with. It never trusts the event itself: events come late, twice and in any order.
"""

from typing import Protocol

from headrace.arrivals.decisions import Decision, Key
from headrace.arrivals.documents import WhenBatch, WhenEach, WhenMarker, WhenSet, WhenSheet
from headrace.arrivals.inbox import Inbox
from headrace.arrivals.kinds.batch import Batch
from headrace.arrivals.kinds.each import Each
from headrace.arrivals.kinds.marker import Marker
from headrace.arrivals.kinds.set import Set
from headrace.arrivals.kinds.sheet import Sheet
from headrace.arrivals.triggers import Match, Rule
from headrace.runs.store import StoredObject


class Kind(Protocol):
    """A kind of `when`, for one rule."""

    def key(self, match: Match, stored: StoredObject) -> Key:
        """Return what all objects share that `decide` would give the same answer for."""

    def decide(self, match: Match, stored: StoredObject, inbox: Inbox) -> list[Decision]:
        """Decide about the sets of an object; none if there is nothing of them any more.

        Raises:
            StorageError: the inbox could not be looked at.
        """

    def explain(self, match: Match) -> list[tuple[str, str]]:
        """Return headed lines that say what such an upload would be part of; offline."""


def of(rule: Rule) -> Kind:
    """Return the kind of a rule."""
    match rule.when:
        case WhenEach():
            return Each(rule)
        case WhenSet() as when:
            return Set(rule, when)
        case WhenSheet() as when:
            return Sheet(rule, when)
        case WhenMarker() as when:
            return Marker(rule, when)
        case WhenBatch() as when:
            return Batch(rule, when)

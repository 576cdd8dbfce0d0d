"""What a kind of `when` decides about objects that were uploaded at chosen times."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from headrace.arrivals import kinds, triggers
from headrace.arrivals.decisions import Decision
from headrace.arrivals.inbox import Inbox
from headrace.arrivals.triggers import Rule
from headrace.gcs import ObjectUri
from headrace.runs.store import StoredObject
from tests.unit.arrivals.memory import MemoryStore

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(*, minutes: float) -> datetime:
    """Return a time after the start."""
    return START + timedelta(minutes=minutes)


NOW = at(minutes=5)


class Uploads:
    """A bucket `inbox` whose objects were uploaded at chosen times."""

    def __init__(self) -> None:
        self._now = START
        self.store = MemoryStore(lambda: self._now)

    def put(self, name: str, content: bytes = b"reads", when: datetime = START) -> StoredObject:
        """Upload an object."""
        self._now = when
        self.store.write(ObjectUri("inbox", name), content)
        return self.stored(name)

    def stored(self, name: str) -> StoredObject:
        """Return what is there now under a name; something that once was, if nothing is."""
        uri = ObjectUri("inbox", name)
        there = (found for found in self.store.list_objects(uri) if found.uri == uri)
        return next(there, StoredObject(uri, 1, 5, "", START))

    def decide(self, rules: tuple[Rule, ...], name: str, now: datetime = NOW) -> list[Decision]:
        """Ask the kind of the name's rule about it."""
        match = triggers.first_match(rules, name)
        assert match is not None
        inbox = Inbox("inbox", rules, self.store, now)
        return kinds.of(match.rule).decide(match, self.stored(name), inbox)


def decided(
    rules: tuple[Rule, ...],
    name: str,
    names: Iterable[str] | Mapping[str, int],
    now: datetime = NOW,
) -> list[Decision]:
    """Return the decisions about a name; `names` may say at which minute each was uploaded."""
    uploads = Uploads()
    minutes = names if isinstance(names, Mapping) else dict.fromkeys(names, 0)
    for found, minute in minutes.items():
        uploads.put(found, when=at(minutes=minute))
    return uploads.decide(rules, name, now)

"""A set settles when nothing new has come for a while: no state, only the dates of its objects."""

from datetime import datetime

from headrace.arrivals.decisions import Key, Member, Waiting, newest
from headrace.arrivals.triggers import Rule
from headrace.runs.store import StoredObject


def unsettled(
    rule: Rule, key: Key, members: tuple[Member, ...], stored: StoredObject, now: datetime
) -> Waiting | None:
    """Return what there is to wait for, if the set has not settled yet.

    The event of the newest object is the one that comes again: there is one per set at any time,
    and if it is lost the sweep does its work.
    """
    last = newest(members).object
    until = last.uploaded + rule.settle
    if now >= until:
        return None
    reason = f"complete, and waiting until {until:%H:%M:%S} UTC whether more comes"
    return Waiting(key, reason, until=until, again=last.uri == stored.uri)

"""What became of an event, or of one of the sets that it has to do with."""

from dataclasses import dataclass
from enum import Enum

from headrace.arrivals.decisions import Key
from headrace.errors import HeadraceError


class Kind(Enum):
    """The ends that an event can come to."""

    IGNORED = "ignored"
    REJECTED = "rejected"
    UNMATCHED = "unmatched"
    WAITING = "waiting"
    STARTED = "started"
    DUPLICATE = "duplicate"
    FAILED = "failed"


@dataclass(frozen=True)
class Outcome:
    """What became of an event, why, and for which run, if there is one.

    Attributes:
        key: the set that it is about, if any.
        error: why the event must come again.
    """

    kind: Kind
    reason: str
    run_id: str | None = None
    key: Key = ()
    error: HeadraceError | None = None

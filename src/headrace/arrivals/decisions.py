"""What can be said of a set of objects: ready, waiting, refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from headrace.runs.records import Sheet
from headrace.runs.store import StoredObject

Key: TypeAlias = tuple[str, ...]
"""What tells a set from all others, whatever has been uploaded of it: its rule's name first."""


@dataclass(frozen=True)
class Member:
    """An object of a set, with the fields of its name."""

    object: StoredObject
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Ready:
    """A set that a run can start with.

    Attributes:
        key: which set.
        members: its objects, in the order of their names.
        fields: what may stand in the configuration: the values that the members share.
        opener: the sheet or marker that asked for the run.
        tail: the second half of the run's id, twelve hexadecimal digits; made of the uploads of
            opener and members where it is not given.
        sheet: the rows of an uploaded sheet.
    """

    key: Key
    members: tuple[Member, ...]
    fields: Mapping[str, str]
    opener: Member | None = None
    tail: str | None = None
    sheet: Sheet | None = None

    @property
    def everything(self) -> tuple[Member, ...]:
        """Opener and members."""
        return (self.opener, *self.members) if self.opener else self.members


@dataclass(frozen=True)
class Waiting:
    """A set that no run can start with yet.

    Attributes:
        key: which set.
        reason: what it waits for, with names.
        subject: the object whose owner gets the complaint, if there will be one.
        late: whether what is missing should have come by now.
        until: when it will be ready if nothing more comes.
        again: whether the event that led here is the one to come again for that.
    """

    key: Key
    reason: str
    subject: StoredObject | None = None
    late: bool = False
    until: datetime | None = None
    again: bool = False


@dataclass(frozen=True)
class Refused:
    """An object that no run can start with, and why."""

    key: Key
    object: StoredObject
    reason: str


Decision: TypeAlias = Ready | Waiting | Refused


def newest(members: tuple[Member, ...]) -> Member:
    """Return the member that was uploaded last."""
    return max(members, key=lambda member: (member.object.uploaded, member.object.uri))

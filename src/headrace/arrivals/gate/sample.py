"""The part of an object that the gate looks at, and what it keeps of it."""

from dataclasses import dataclass

from headrace.runs.store import StoredObject


@dataclass(frozen=True)
class Sample:
    """Beginning and end of an object; both are all of it where it is small."""

    object: StoredObject
    head: bytes
    tail: bytes

    @property
    def whole(self) -> bool:
        """Whether the head is the whole object."""
        return len(self.head) == self.object.size


@dataclass(frozen=True)
class Passed:
    """An object that may come in; `first_read` is the name of a FASTQ's first read."""

    object: StoredObject
    first_read: bytes = b""

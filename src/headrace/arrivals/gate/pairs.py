"""Mates of a pair of FASTQ files: do they belong together?"""

from collections.abc import Mapping, Sequence

from headrace.arrivals.decisions import Member
from headrace.arrivals.gate.sample import Passed
from headrace.gcs import ObjectUri
from headrace.runs.store import StoredObject

MAX_RATIO = 20
"""How many times as large one mate may be as the other: a barcode read is far shorter."""


def objections(
    members: Sequence[Member], passed: Mapping[ObjectUri, Passed], mates: str
) -> dict[StoredObject, str]:
    """Return the files that do not go with their mates; `mates` is the field that they differ in.

    Files that are not among `passed` were refused for themselves.
    """
    groups: dict[tuple[tuple[str, str], ...], list[Passed]] = {}
    for member in members:
        if member.object.uri in passed and mates in member.fields:
            rest = tuple(item for item in sorted(member.fields.items()) if item[0] != mates)
            groups.setdefault(rest, []).append(passed[member.object.uri])
    return {
        second.object: sentence
        for first, *others in groups.values()
        for second in others
        if (sentence := _objection(first, second))
    }


def _objection(first: Passed, second: Passed) -> str | None:
    one, other = first.object, second.object
    names = first.first_read, second.first_read
    if names[0] != names[1]:
        shown = [name.decode("latin-1") for name in names]
        return (
            f"'{other.uri.name}' begins with the read {shown[1]!r}, but its mate "
            f"'{one.uri.name}' with {shown[0]!r}: they are no pair."
        )
    if max(one.size, other.size) > MAX_RATIO * min(one.size, other.size):
        return (
            f"'{other.uri.name}' has {other.size} bytes and its mate '{one.uri.name}' {one.size}: "
            "one of them is not whole."
        )
    return None

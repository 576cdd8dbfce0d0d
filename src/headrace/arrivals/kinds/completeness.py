"""Whether a set has every object that its rule's `complete` demands."""

import itertools
from collections.abc import Iterable, Mapping, Sequence

from headrace.arrivals.decisions import Member
from headrace.arrivals.patterns import Pattern


def missing(
    pattern: Pattern, complete: Mapping[str, Sequence[str]], members: Iterable[Member]
) -> list[str]:
    """Return the names still wanted: every demanded value for every open combination seen."""
    there = {member.object.uri.name: member.fields for member in members}
    wanted = {name for fields in there.values() for name in demanded(pattern, complete, fields)}
    return sorted(wanted - set(there))


def demanded(
    pattern: Pattern, complete: Mapping[str, Sequence[str]], fields: Mapping[str, str]
) -> list[str]:
    """Return the names that an object with these fields makes necessary, its own among them."""
    return [
        pattern.name({**fields, **dict(zip(complete, values, strict=True))})
        for values in itertools.product(*complete.values())
    ]

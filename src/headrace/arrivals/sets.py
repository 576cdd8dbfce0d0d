"""Which objects belong together, and whether they are all there."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from headrace.arrivals import triggers
from headrace.arrivals.triggers import Match, Rule
from headrace.runs.store import StoredObject


@dataclass(frozen=True)
class Member:
    """An object of a set, with the fields of its name."""

    object: StoredObject
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Complete:
    """A set that has all its objects, in the order of their names."""

    members: tuple[Member, ...]


@dataclass(frozen=True)
class Incomplete:
    """A set that waits for the objects of these names."""

    missing: tuple[str, ...]


def prefix(match: Match) -> str:
    """Return the prefix under which all objects of the match's set are listed."""
    return match.rule.pattern.prefix(_shared(match.rule, match.fields))


def key(match: Match) -> tuple[str, ...]:
    """Return what tells the match's set from all others: its rule, and the values it shares."""
    return (match.rule.name, *_shared(match.rule, match.fields).values())


def gather(
    rules: Sequence[Rule], match: Match, listing: Iterable[StoredObject]
) -> Complete | Incomplete:
    """Find the set of a matched object in a listing that holds at least all objects of `prefix`.

    Objects that fall under an earlier rule are not of this set, whatever this pattern says.
    """
    members = tuple(_members(rules, match, listing))
    missing = _missing(match.rule, [match.fields, *(member.fields for member in members)], members)
    return Incomplete(missing) if missing else Complete(members)


def expected(match: Match) -> tuple[str, ...]:
    """Return the names that the matched object's own part of the set consists of."""
    return _missing(match.rule, [match.fields], ())


def _members(
    rules: Sequence[Rule], match: Match, listing: Iterable[StoredObject]
) -> Iterable[Member]:
    shared = _shared(match.rule, match.fields)
    for candidate in sorted(listing, key=lambda stored: stored.uri.name):
        found = triggers.first_match(rules, candidate.uri.name)
        if found is None or found.rule is not match.rule:
            continue
        if _shared(found.rule, found.fields) == shared:
            yield Member(candidate, found.fields)


def _missing(
    rule: Rule, seen: Iterable[Mapping[str, str]], members: Iterable[Member]
) -> tuple[str, ...]:
    """Return the names still wanted: every demanded value for every open combination seen."""
    present = {member.object.uri.name for member in members}
    demands = rule.when.complete
    wanted = {
        rule.pattern.name({**fields, **dict(zip(demands, values, strict=True))})
        for fields in seen
        for values in itertools.product(*demands.values())
    }
    return tuple(sorted(wanted - present))


def _shared(rule: Rule, fields: Mapping[str, str]) -> dict[str, str]:
    return {field: fields[field] for field in rule.when.sharing}

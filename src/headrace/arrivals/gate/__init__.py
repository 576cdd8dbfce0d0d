"""What an upload must be before any machine starts for it, by reading a bounded part of it.

An object is read in at most two range requests: its first and its last `HEAD` and `TAIL` bytes.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from headrace.arrivals.decisions import Member
from headrace.arrivals.documents import Content, ContentRule
from headrace.arrivals.gate import fastq, gzips, pairs, table
from headrace.arrivals.gate.sample import Passed, Sample
from headrace.errors import InputError
from headrace.runs.store import Store, StoredObject

HEAD = 64 * 1024
TAIL = 64 * 1024

_AT_ONCE = 8
_REMEMBERED = 20_000
_GIB = 1024**3


@dataclass(frozen=True)
class Gate:
    """Looks at objects; what it found of a generation it remembers, since that never changes."""

    store: Store
    _known: dict[tuple[StoredObject, ContentRule], Passed | str] = field(default_factory=dict)

    def objections(
        self, rule: ContentRule, members: tuple[Member, ...], complete: tuple[str, ...] = ()
    ) -> dict[StoredObject, str]:
        """Return the objects that are refused, each with a sentence for its owner.

        `complete` are the fields that a rule wants all values of: its mates, if it is one field.

        Raises:
            StorageError: an object could not be read, or was overwritten meanwhile.
        """
        if rule.kind is Content.NONE:
            return {}
        looks = self._looks(rule, members)
        refused = {
            member.object: look
            for member, look in zip(members, looks, strict=True)
            if isinstance(look, str)
        }
        passed = {look.object.uri: look for look in looks if isinstance(look, Passed)}
        mates = rule.mates or (complete[0] if len(complete) == 1 else None)
        if rule.kind is Content.FASTQ and mates is not None:
            refused |= pairs.objections(members, passed, mates)
        return refused

    def _looks(self, rule: ContentRule, members: tuple[Member, ...]) -> list[Passed | str]:
        if len(members) == 1:
            return [self._look(rule, members[0].object)]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(lambda member: self._look(rule, member.object), members))

    def _look(self, rule: ContentRule, stored: StoredObject) -> Passed | str:
        known = self._known.get((stored, rule))
        if known is None:
            known = self._look_now(rule, stored)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[(stored, rule)] = known
        return known

    def _look_now(self, rule: ContentRule, stored: StoredObject) -> Passed | str:
        name = stored.uri.name
        try:
            _check_size(rule, stored)
            return _check(rule, self._sample(stored))
        except InputError as error:
            return f"'{name}' cannot be used: {error}"

    def _sample(self, stored: StoredObject) -> Sample:
        head = self.store.read_part(stored, 0, HEAD + TAIL if stored.size <= HEAD + TAIL else HEAD)
        if stored.size <= HEAD + TAIL:
            return Sample(stored, head, head)
        return Sample(stored, head, self.store.read_part(stored, stored.size - TAIL, TAIL))


def _check_size(rule: ContentRule, stored: StoredObject) -> None:
    if stored.size == 0:
        raise InputError("it is empty.")
    if rule.max_gib is not None and stored.size > rule.max_gib * _GIB:
        raise InputError(
            f"it has {stored.size / _GIB:.1f} GiB; at most {rule.max_gib:g} are permitted."
        )


def _check(rule: ContentRule, sample: Sample) -> Passed:
    match rule.kind:
        case Content.GZIP:
            gzips.check(sample)
        case Content.FASTQ:
            return Passed(sample.object, fastq.check(sample))
        case Content.TABLE:
            table.check(sample, rule.columns)
        case Content.FILLED | Content.NONE:
            pass
    return Passed(sample.object)

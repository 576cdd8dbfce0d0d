"""The inbox as decisions see it: what is there now, whatever an event said."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from headrace.arrivals import triggers
from headrace.arrivals.decisions import Member
from headrace.arrivals.triggers import Role, Rule
from headrace.gcs import ObjectUri
from headrace.runs.store import Store


@dataclass(frozen=True)
class Inbox:
    """The bucket of uploads at one moment."""

    bucket: str
    rules: Sequence[Rule]
    store: Store
    now: datetime

    def members(self, rule: Rule, role: Role, shared: Mapping[str, str]) -> tuple[Member, ...]:
        """Return the objects of the rule in this role that have these values, by name.

        Objects that fall under an earlier rule are not of this one, whatever its pattern says.
        """
        return tuple(self._members(rule, role, shared))

    def _members(self, rule: Rule, role: Role, shared: Mapping[str, str]) -> Iterator[Member]:
        prefix = ObjectUri(self.bucket, rule.in_role(role).prefix(shared))
        for stored in sorted(self.store.list_objects(prefix), key=lambda found: found.uri.name):
            found = triggers.first_match(self.rules, stored.uri.name)
            if found is None or found.rule is not rule or found.role is not role:
                continue
            if shared.items() <= found.fields.items():
                yield Member(stored, found.fields)

"""The rules of `config/triggers.yaml`: which uploads start which run."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path

from headrace import records
from headrace.arrivals import checks, durations, patterns, side_files
from headrace.arrivals.documents import (
    Content,
    ContentRule,
    RuleRecord,
    SheetRule,
    TriggersRecord,
    When,
    WhenBatch,
    WhenMarker,
    WhenSheet,
    WorkflowRule,
    complete_of,
)
from headrace.arrivals.patterns import Pattern
from headrace.errors import InputError, RecordError
from headrace.runs.records import Notify


class Role(Enum):
    """What an object is to a rule."""

    OPENER = "opener"
    """It fits `match`: it asks for a run, alone or with others of its kind."""

    FILE = "file"
    """It fits `files`: a sheet or marker asks for a run of it."""


@dataclass(frozen=True)
class Rule:
    """One rule, checked, with its patterns ready.

    Attributes:
        pattern: of `match`.
        files: of the objects that a sheet lists or a marker closes.
        settle, deadline, window: the spans of `when`; no time where it has none.
        cap, notify and the others: as in `RuleRecord`.
    """

    name: str
    pattern: Pattern
    files: Pattern | None
    when: When
    settle: timedelta
    deadline: timedelta | None
    window: timedelta
    checks: ContentRule
    sheet: SheetRule | None
    workflow: WorkflowRule
    cap: float | None
    notify: list[Notify]

    @property
    def members(self) -> Pattern:
        """The pattern of the objects that a run is of."""
        return self.files or self.pattern

    @property
    def common(self) -> frozenset[str]:
        """The fields that both patterns have: what says which files belong to an opener."""
        return frozenset(self.pattern.fields) & frozenset(self.members.fields)

    @property
    def patience(self) -> timedelta:
        """The longest that anything of this rule waits for a time to pass."""
        return max(self.settle, self.window, self.deadline or timedelta())

    def is_late(self, since: datetime, now: datetime) -> bool:
        """Say whether something that was due since then should have come by now."""
        return self.deadline is not None and now - since >= self.deadline

    def in_role(self, role: Role) -> Pattern:
        """Return the pattern of the objects in this role."""
        return self.pattern if role is Role.OPENER else self.members


@dataclass(frozen=True)
class Match:
    """The rule that an object name falls under, and the fields found in it."""

    rule: Rule
    fields: dict[str, str]
    role: Role = Role.OPENER

    @property
    def common(self) -> dict[str, str]:
        """The values that say which files belong to which opener."""
        return {field: self.fields[field] for field in self.rule.common}


def load(file: Path) -> tuple[Rule, ...]:
    """Read the rules; raises `RecordError` with one sentence when they cannot be used."""
    try:
        text = file.read_bytes()
    except OSError as error:
        raise RecordError(f"{file}: cannot be read: {error.strerror}.") from error
    return parse(text, str(file))


def parse(text: bytes | str, source: str) -> tuple[Rule, ...]:
    """Read rules from YAML; `source` names it in the `RecordError` that this may raise."""
    document = records.decode_yaml(text, TriggersRecord, source)
    names = [record.name for record in document.rules]
    for name in names:
        if names.count(name) > 1:
            raise RecordError(f"{source}: two rules have the name '{name}'.")
    return tuple(_rule(record, source) for record in document.rules)


def first_match(rules: Iterable[Rule], name: str) -> Match | None:
    """Return the first rule that the object name fits, if any.

    Checksums, indices and the like fit only where a rule's pattern ends as they do.
    """
    for rule in rules:
        for role in Role:
            pattern = rule.in_role(role)
            fields = pattern.match(name)
            if fields is not None and side_files.asked_for(name, pattern):
                return Match(rule, fields, role if rule.files else Role.OPENER)
    return None


def _rule(record: RuleRecord, source: str) -> Rule:
    try:
        return _checked(record)
    except InputError as error:
        raise RecordError(f"{source}: rule '{record.name}': {error}") from error


def _checked(record: RuleRecord) -> Rule:
    when = record.when
    complete = complete_of(when)
    files = None
    if isinstance(when, WhenSheet | WhenMarker):
        files = patterns.parse(when.files, complete)
    pattern = patterns.parse(record.match, complete if files is None else {})
    checks.check(record, pattern, files)
    content = record.checks
    return Rule(
        name=record.name,
        pattern=pattern,
        files=files,
        when=when,
        settle=_span(when, "settle") or timedelta(),
        deadline=_span(when, "deadline"),
        window=durations.parse(when.window, "window")
        if isinstance(when, WhenBatch)
        else timedelta(),
        checks=ContentRule(kind=content) if isinstance(content, Content) else content,
        sheet=record.sheet,
        workflow=record.workflow,
        cap=record.cap,
        notify=record.notify,
    )


def _span(when: When, key: str) -> timedelta | None:
    text = getattr(when, key, None)
    return None if text is None else durations.parse(text, key)

"""The rules of `config/triggers.yaml`: which uploads start which run."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from headrace import records
from headrace.arrivals import checks, patterns
from headrace.arrivals.documents import (
    RuleRecord,
    SheetRule,
    TriggersRecord,
    WhenSet,
    WorkflowRule,
)
from headrace.arrivals.patterns import Pattern
from headrace.errors import InputError, RecordError
from headrace.runs.records import Notify


@dataclass(frozen=True)
class Rule:
    """One rule, checked, with its pattern ready."""

    name: str
    pattern: Pattern
    when: WhenSet
    sheet: SheetRule | None
    workflow: WorkflowRule
    cap: float | None
    notify: list[Notify]


@dataclass(frozen=True)
class Match:
    """The rule that an object name falls under, and the fields found in it."""

    rule: Rule
    fields: dict[str, str]


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
    """Return the first rule whose pattern fits the object name, if any."""
    for rule in rules:
        fields = rule.pattern.match(name)
        if fields is not None:
            return Match(rule, fields)
    return None


def _rule(record: RuleRecord, source: str) -> Rule:
    try:
        pattern = patterns.parse(record.match, record.when.complete)
        checks.check(record, pattern)
    except InputError as error:
        raise RecordError(f"{source}: rule '{record.name}': {error}") from error
    return Rule(
        name=record.name,
        pattern=pattern,
        when=record.when,
        sheet=record.sheet,
        workflow=record.workflow,
        cap=record.cap,
        notify=record.notify,
    )

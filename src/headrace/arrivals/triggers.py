"""The rules of `config/triggers.yaml`: which uploads start which run."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from headrace import gcs, records
from headrace.arrivals import patterns
from headrace.arrivals.patterns import Pattern
from headrace.errors import HeadraceError, InputError, RecordError

MAX_HOURS = 14 * 24
"""The longest that Batch lets a job run (Batch, "Quotas and limits")."""

_RULE_NAME = re.compile(r"[a-z]([a-z0-9-]{0,40}[a-z0-9])?\Z")
_TEMPLATE_FIELD = re.compile(r"\{([^{}]*)\}")


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all parts of the file: unknown keys are refused."""


class WhenSet(Document, frozen=True, tag_field="kind", tag="set"):
    """Start when a set of objects is complete.

    Attributes:
        sharing: the fields whose values all objects of one set have in common.
        complete: for these fields, the values that must all be there: for every combination of
            the remaining fields that was seen. No other value of them matches the rule.
    """

    sharing: list[str]
    complete: dict[str, list[str]]


class ObjectColumn(Document, frozen=True):
    """A column that holds the address of the row's object with these field values."""

    object: dict[str, str]


class SheetRule(Document, frozen=True):
    """The sample sheet a run gets, a TSV file with one row per object or group of objects.

    Attributes:
        columns: by heading, a text with fields in braces, or the object whose address is meant.
        path: where the workflow looks for the sheet, relative to its home.
    """

    columns: dict[str, str | ObjectColumn]
    path: str = "config/samples.tsv"


class WorkflowRule(Document, frozen=True):
    """How the workflow is started.

    Attributes:
        config: laid over the workflow's own configuration.
        targets: rules or files to make; the workflow's default target when empty.
        hours: the run is stopped after this time.
    """

    config: dict[str, Any] = {}
    targets: list[str] = []
    hours: int = 24


class RuleRecord(Document, frozen=True):
    """One rule, as written in the file."""

    name: str
    match: str
    when: WhenSet
    sheet: SheetRule | None = None
    workflow: WorkflowRule = WorkflowRule()


class TriggersRecord(Document, frozen=True):
    """The whole file."""

    rules: list[RuleRecord]


@dataclass(frozen=True)
class Rule:
    """One rule, checked, with its pattern ready."""

    name: str
    pattern: Pattern
    when: WhenSet
    sheet: SheetRule | None
    workflow: WorkflowRule


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
        return _checked(record)
    except HeadraceError as error:
        raise RecordError(f"{source}: rule '{record.name}': {error}") from error


def _checked(record: RuleRecord) -> Rule:
    if not _RULE_NAME.match(record.name):
        raise InputError(
            "the name must be at most 42 small letters, digits and dashes, with a letter first."
        )
    pattern = patterns.parse(record.match, record.when.complete)
    _check_when(record.when, pattern)
    if record.sheet is not None:
        _check_sheet(record.sheet, record.when, pattern)
    _check_workflow(record.workflow)
    return Rule(record.name, pattern, record.when, record.sheet, record.workflow)


def _check_when(when: WhenSet, pattern: Pattern) -> None:
    _check_fields([*when.sharing, *when.complete], pattern, "when")
    both = sorted(set(when.sharing) & set(when.complete))
    if both:
        raise InputError(f"when: the field '{both[0]}' is in both 'sharing' and 'complete'.")
    for field, values in when.complete.items():
        if not values or len(set(values)) < len(values):
            raise InputError(f"when: 'complete' needs different values for the field '{field}'.")
        for value in values:
            if not patterns.is_value(value):
                raise InputError(f"when: the field '{field}' can never be '{value}'.")


def _check_sheet(sheet: SheetRule, when: WhenSet, pattern: Pattern) -> None:
    gcs.check_name(sheet.path, "sheet: path")
    if sheet.path.startswith("/"):
        raise InputError(f"sheet: path '{sheet.path}' must be relative to the workflow's home.")
    for heading, column in sheet.columns.items():
        if not patterns.is_value(heading):
            raise InputError(f"sheet: '{heading}' cannot be a heading: use letters, digits and _.")
        if isinstance(column, ObjectColumn):
            _check_object_column(heading, column, when)
        else:
            _check_text_column(heading, column, when, pattern)


def _check_text_column(heading: str, text: str, when: WhenSet, pattern: Pattern) -> None:
    fields = _TEMPLATE_FIELD.findall(text)
    _check_fields(fields, pattern, f"sheet: column '{heading}'")
    for field in fields:
        if field in when.complete:
            raise InputError(
                f"sheet: column '{heading}': the field '{field}' differs within a row; "
                f"name the object instead: {{object: {{{field}: ...}}}}."
            )
    if {"{", "}"} & set(_TEMPLATE_FIELD.sub("", text)):
        raise InputError(f"sheet: column '{heading}' has an unmatched brace.")
    if not text.isprintable():
        raise InputError(f"sheet: column '{heading}' holds a tab, a line break or the like.")


def _check_object_column(heading: str, column: ObjectColumn, when: WhenSet) -> None:
    for field, values in when.complete.items():
        if column.object.get(field) not in values:
            raise InputError(
                f"sheet: column '{heading}' must name its object by '{field}', "
                f"one of {', '.join(values)}."
            )
    for field in column.object:
        if field not in when.complete:
            raise InputError(
                f"sheet: column '{heading}': '{field}' is not a field of 'complete'"
                f"{records.nearest(field, list(when.complete))}."
            )


def _check_workflow(workflow: WorkflowRule) -> None:
    for target in workflow.targets:
        gcs.check_name(target, "workflow: target")
    if not 1 <= workflow.hours <= MAX_HOURS:
        raise InputError(f"workflow: hours is {workflow.hours}: choose 1 to {MAX_HOURS}.")


def _check_fields(fields: list[str], pattern: Pattern, where: str) -> None:
    for field in fields:
        if field not in pattern.fields:
            raise InputError(
                f"{where}: the pattern has no field '{field}'"
                f"{records.nearest(field, list(pattern.fields)) or '.'}"
            )

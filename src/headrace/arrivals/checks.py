"""What a rule must be beyond its shape, so that no upload can trip over it."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from headrace import gcs, records
from headrace.arrivals import patterns, when_checks
from headrace.arrivals.documents import (
    Content,
    ContentRule,
    ObjectColumn,
    RuleRecord,
    SheetRule,
    When,
    WhenSheet,
    WorkflowRule,
    complete_of,
)
from headrace.arrivals.patterns import Pattern
from headrace.errors import InputError
from headrace.runs.controllers import MAX_RESTARTS
from headrace.runs.records import Notify

MAX_HOURS = 14 * 24
"""The longest that Batch lets a job run (Batch, "Quotas and limits")."""

BUCKETS = ("inbox", "results")
"""Names that stand for the installation's buckets; no field may be called so."""

CONFIG_FIELD = re.compile(r"\{([a-z][a-z0-9_]*)\}")
"""A name in braces in a text of the configuration; other braces are left alone."""

_RULE_NAME = re.compile(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?\Z")
_CHANNEL = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?\Z")
_TEMPLATE_FIELD = re.compile(r"\{([^{}]*)\}")


def check(record: RuleRecord, pattern: Pattern, files: Pattern | None) -> None:
    """Raise `InputError` or `UnsafeNameError` if the rule could not be followed.

    `files` is the pattern of the objects that a sheet lists or a marker closes.
    """
    if not _RULE_NAME.match(record.name):
        raise InputError(
            "the name must be at most 40 small letters, digits and dashes, with a letter first."
        )
    members = files or pattern
    for field in (*pattern.fields, *members.fields):
        if field in BUCKETS:
            raise InputError(f"no field may be called '{field}', which stands for a bucket.")
    when_checks.check(record.when, pattern, files)
    _check_content(record.checks, members)
    if record.sheet is not None:
        _check_sheet(record.sheet, record.when, pattern, members)
    _check_workflow(record.workflow, when_checks.shared(record.when, pattern), members)
    if record.cap is not None and not 0 < record.cap < math.inf:
        raise InputError(f"cap is {record.cap}: choose a price above 0.")
    _check_channels(record.notify)


def _check_content(rule: Content | ContentRule, members: Pattern) -> None:
    if isinstance(rule, Content):
        return
    if rule.mates is not None:
        if rule.kind is not Content.FASTQ:
            raise InputError(f"checks: '{rule.kind.value}' files have no mates.")
        when_checks.check_fields([rule.mates], members, "checks: mates")
    if rule.columns and rule.kind is not Content.TABLE:
        raise InputError(f"checks: '{rule.kind.value}' files have no columns.")
    if rule.max_gib is not None and not 0 < rule.max_gib < math.inf:
        raise InputError(f"checks: max_gib is {rule.max_gib}: choose a number above 0.")


def _check_sheet(sheet: SheetRule, when: When, pattern: Pattern, members: Pattern) -> None:
    gcs.check_name(sheet.path, "sheet: path")
    if sheet.path.startswith("/"):
        raise InputError(f"sheet: path '{sheet.path}' must be relative to the workflow's home.")
    of_upload = isinstance(when, WhenSheet)
    if not sheet.columns and not of_upload:
        raise InputError("sheet: name its columns.")
    for heading, column in sheet.columns.items():
        if not patterns.is_value(heading):
            raise InputError(f"sheet: '{heading}' cannot be a heading: use letters, digits and _.")
        if isinstance(column, str):
            _check_text_column(heading, column, when, pattern if of_upload else members)
        elif of_upload:
            raise InputError(
                f"sheet: column '{heading}': files are in the columns that 'listed' names."
            )
        else:
            _check_object_column(heading, column, complete_of(when))


def _check_text_column(heading: str, text: str, when: When, pattern: Pattern) -> None:
    for field in _template_fields(text, pattern, f"sheet: column '{heading}'"):
        if field in complete_of(when):
            raise InputError(
                f"sheet: column '{heading}': the field '{field}' differs within a row; "
                f"name the object instead: {{object: {{{field}: ...}}}}."
            )


def _check_object_column(
    heading: str, column: ObjectColumn, complete: Mapping[str, list[str]]
) -> None:
    for field, values in complete.items():
        if column.object.get(field) not in values:
            raise InputError(
                f"sheet: column '{heading}' must name its object by '{field}', "
                f"one of {', '.join(values)}."
            )
    for field in column.object:
        if field not in complete:
            raise InputError(
                f"sheet: column '{heading}': '{field}' is not a field of 'complete'"
                f"{records.nearest(field, list(complete))}"
            )


def _check_workflow(workflow: WorkflowRule, shared: list[str], members: Pattern) -> None:
    known = [*BUCKETS, *shared]
    for text in config_texts(workflow.config):
        for name in CONFIG_FIELD.findall(text):
            if name not in known:
                raise InputError(
                    f"workflow: config: '{text}': '{{{name}}}' is neither a bucket nor a field "
                    f"that the set shares{records.nearest(name, known)}"
                )
    for target in workflow.targets:
        gcs.check_name(target, "workflow: target")
    if not 1 <= workflow.hours <= MAX_HOURS:
        raise InputError(f"workflow: hours is {workflow.hours}: choose 1 to {MAX_HOURS}.")
    if not 0 <= workflow.restarts <= MAX_RESTARTS:
        raise InputError(f"workflow: restarts is {workflow.restarts}: choose 0 to {MAX_RESTARTS}.")
    for key, folder in (("profile", workflow.profile), ("home", workflow.home)):
        if folder:
            _check_folder(folder, f"workflow: {key}")
    if workflow.samples is not None:
        _template_fields(workflow.samples, members, "workflow: samples")


def _check_channels(wishes: list[Notify]) -> None:
    for wish in wishes:
        if not _CHANNEL.match(wish.channel):
            raise InputError(
                f"notify: '{wish.channel}' cannot be a channel: use small letters, digits and -."
            )


def _check_folder(folder: str, what: str) -> None:
    gcs.check_name(folder, what)
    if folder.startswith("/"):
        raise InputError(f"{what} '{folder}' must be relative to HEADRACE_WORKFLOW_HOME.")


def config_texts(value: Any) -> Iterator[str]:
    """Yield every text in a configuration, however deep; keys are not texts."""
    match value:
        case str():
            yield value
        case dict():
            for part in value.values():
                yield from config_texts(part)
        case list():
            for part in value:
                yield from config_texts(part)


def _template_fields(text: str, pattern: Pattern, where: str) -> list[str]:
    """Return the fields in a text, all of which the pattern has."""
    fields = _TEMPLATE_FIELD.findall(text)
    when_checks.check_fields(fields, pattern, where)
    if {"{", "}"} & set(_TEMPLATE_FIELD.sub("", text)):
        raise InputError(f"{where} has an unmatched brace.")
    if not text.isprintable():
        raise InputError(f"{where} holds a tab, a line break or the like.")
    return fields

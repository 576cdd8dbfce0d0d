"""The shape of `config/triggers.yaml`; docs/triggers.md explains it to those who write it."""

from typing import Any

import msgspec

from headrace.runs.records import Notify


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
        config: laid over the workflow's own configuration. In its texts `{inbox}` and `{results}`
            stand for the buckets, and a field that the set shares for its value.
        targets: rules or files to make; the workflow's default target when empty.
        hours: the run is stopped after this time.
        spot: whether the controller's machine may be one that can be taken away.
        restarts: how often a controller that was lost is started again.
        profile: Snakemake profile, relative to the workflow's home; the installation's if none.
        samples: a text with fields in braces that names the sample of an object, for lists and
            notices; `{sample}` unless it is given, if the pattern has that field.
        home: folder with the workflow's `workflow/` and `config/`, relative to
            HEADRACE_WORKFLOW_HOME; that one itself when empty.
    """

    config: dict[str, Any] = {}
    targets: list[str] = []
    hours: int = 24
    spot: bool = False
    restarts: int = 2
    profile: str | None = None
    samples: str | None = None
    home: str = ""


class RuleRecord(Document, frozen=True):
    """One rule, as written in the file.

    Attributes:
        name: begins the run's id.
        match: the pattern of the objects' names.
        when: what must be there before a run starts.
        sheet: the sample sheet that the run gets.
        workflow: how the workflow is started.
        cap: the most that a run may cost, in the price table's currency.
        notify: who is told of runs, and of refused uploads.
    """

    name: str
    match: str
    when: WhenSet
    sheet: SheetRule | None = None
    workflow: WorkflowRule = WorkflowRule()
    cap: float | None = None
    notify: list[Notify] = []


class TriggersRecord(Document, frozen=True):
    """The whole file."""

    rules: list[RuleRecord]

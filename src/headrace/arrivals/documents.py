"""The shape of `config/triggers.yaml`; docs/triggers.md explains it to those who write it."""

from enum import Enum
from typing import Any, TypeAlias

import msgspec

from headrace.runs.records import Notify

SAMPLE_SHEET = "config/samples.tsv"
"""Where workflows look for their sample sheet, unless a rule says otherwise."""


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all parts of the file: unknown keys are refused."""


class WhenEach(Document, frozen=True, tag_field="kind", tag="each"):
    """Start a run for each object."""


class WhenSet(Document, frozen=True, tag_field="kind", tag="set"):
    """Start when a set of objects is complete.

    Attributes:
        sharing: the fields whose values all objects of one set have in common.
        complete: for these fields, the values that must all be there: for every combination of
            the remaining fields that was seen. No other value of them matches the rule.
        settle: wait until nothing new has come for so long, such as `10m`.
        deadline: complain when the set is still not complete so long after its newest upload.
    """

    sharing: list[str]
    complete: dict[str, list[str]]
    settle: str | None = None
    deadline: str | None = None


class ListedFile(Document, frozen=True):
    """A column of an uploaded sheet that names files.

    Attributes:
        size: heading of the column with the file's bytes.
        checksum: heading of the column with its MD5 or CRC32C, hexadecimal or base64.
        optional: whether a row may leave it empty.
    """

    size: str | None = None
    checksum: str | None = None
    optional: bool = False


class WhenSheet(Document, frozen=True, tag_field="kind", tag="sheet"):
    """Start when all files that an uploaded sheet lists are there and are what it says.

    Attributes:
        files: the pattern of the objects that a sheet may list.
        listed: by heading, the columns that name files.
        required: headings that must be there, filled in every row; the run's sheet gets them.
        optional: headings that the run's sheet gets if they are there.
        deadline: complain when files are missing or differ so long after the sheet came.
    """

    files: str
    listed: dict[str, ListedFile]
    required: list[str] = []
    optional: list[str] = []
    deadline: str = "24h"


class WhenMarker(Document, frozen=True, tag_field="kind", tag="marker"):
    """Start one run of all files that belong to a marker such as `CopyComplete.txt`.

    Attributes:
        files: the pattern of the objects that the marker closes.
        complete: as in `WhenSet`.
        settle: as in `WhenSet`, for uploads whose order nobody keeps.
        deadline: complain when there is nothing to run so long after the marker came.
    """

    files: str
    complete: dict[str, list[str]] = {}
    settle: str | None = None
    deadline: str = "1h"


class WhenBatch(Document, frozen=True, tag_field="kind", tag="batch"):
    """Start one run of everything that arrives within a window of time.

    Attributes:
        window: how long, such as `15m`; windows begin at whole multiples of it since 1970, in UTC.
        sharing: as in `WhenSet`: what differs in these fields never shares a run.
    """

    window: str
    sharing: list[str] = []


When: TypeAlias = WhenEach | WhenSet | WhenSheet | WhenMarker | WhenBatch


def complete_of(when: When) -> dict[str, list[str]]:
    """Return the values that a kind demands all of, by field; none where it knows no `complete`."""
    return when.complete if isinstance(when, WhenSet | WhenMarker) else {}


class Content(Enum):
    """What an upload's content must look like before a run starts."""

    NONE = "none"
    FILLED = "filled"
    GZIP = "gzip"
    FASTQ = "fastq"
    TABLE = "table"


class ContentRule(Document, frozen=True):
    """What is looked at in each object, by reading a bounded part of it.

    Attributes:
        kind: what it must be.
        mates: for `fastq`, the field that tells the mates of a pair apart; the only field of
            `complete` unless it is given.
        columns: for `table`, headings that must be there, in any order.
        max_gib: larger objects are refused.
    """

    kind: Content
    mates: str | None = None
    columns: tuple[str, ...] = ()
    max_gib: float | None = None


class ObjectColumn(Document, frozen=True):
    """A column that holds the address of the row's object with these field values."""

    object: dict[str, str]


class SheetRule(Document, frozen=True):
    """The sample sheet a run gets, a TSV file with one row per object or group of objects.

    Attributes:
        columns: by heading, a text with fields in braces, or the object whose address is meant.
        path: where the workflow looks for the sheet, relative to its home.
    """

    columns: dict[str, str | ObjectColumn] = {}
    path: str = SAMPLE_SHEET


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
            notices; unless it is given, the run's sheet's column `sample` or the field of that
            name.
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
        match: the pattern of the objects' names; of sheets or markers where `when` has `files`.
        when: what must be there before a run starts.
        checks: what the objects' content must be.
        sheet: the sample sheet that the run gets.
        workflow: how the workflow is started.
        cap: the most that a run may cost, in the price table's currency.
        notify: who is told of runs, and of refused uploads.
    """

    name: str
    match: str
    when: When
    checks: Content | ContentRule = Content.NONE
    sheet: SheetRule | None = None
    workflow: WorkflowRule = WorkflowRule()
    cap: float | None = None
    notify: list[Notify] = []


class TriggersRecord(Document, frozen=True):
    """The whole file."""

    rules: list[RuleRecord]

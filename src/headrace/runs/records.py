"""The documents of a run: `run.json` begins it, `outputs.json` or `error.json` ends it.

`submitted.json` says in between that its controller was accepted.

All are JSON objects in the run's folder, `gs://RESULTS/runs/RUN_ID/`, written in one request each,
so that a reader sees a whole document or none. Unknown keys are refused. `headrace runs schema`
shows the JSON Schemas. What goes on in between is in `headrace.runs.status`.
"""

from datetime import datetime
from enum import Enum, StrEnum
from typing import Any

import msgspec

from headrace.gcs import ObjectUri

RUN_FILE = "run.json"
SUBMITTED_FILE = "submitted.json"
OUTPUTS_FILE = "outputs.json"
ERROR_FILE = "error.json"
LOG_FILE = "logs/controller.log"
PAGE_FILE = "index.html"

REQUEST_VERSION = 1
"""Raised when a controller of the former version would do the wrong thing."""


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all documents and their parts: unknown keys are refused."""


class InputObject(Document, frozen=True):
    """An uploaded object that the run is for.

    Attributes:
        bucket: its bucket, without `gs://`.
        name: its name in the bucket.
        generation: which of the uploads under that name.
        size: bytes.
        crc32c: base64 checksum as Cloud Storage gives it.
        fields: what the rule's pattern found in the name.
    """

    bucket: str
    name: str
    generation: int
    size: int
    crc32c: str
    fields: dict[str, str]


class Sheet(Document, frozen=True):
    """The sample sheet that the controller writes as TSV before the workflow starts.

    Attributes:
        path: the file, relative to the workflow's home.
        columns: the headings.
        rows: one list of texts per row, as long as `columns`.
    """

    path: str
    columns: list[str]
    rows: list[list[str]]


class RunEvent(StrEnum):
    """What people can be told of: of a run, or of an upload that started none."""

    STARTED = "started"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    """An upload was refused."""

    WAITING = "waiting"
    """A set is still not complete although its deadline has passed."""

    TEST = "test"
    """Somebody tries a channel."""


USUAL_EVENTS = tuple(e for e in RunEvent if e not in {RunEvent.STARTED, RunEvent.TEST})
"""What people are told of if they do not say."""


class Notify(Document, frozen=True):
    """Who is told of what.

    Attributes:
        channel: name of a channel of the installation, which knows its address and secrets.
        events: which; all but `started` unless they are named.
    """

    channel: str
    events: tuple[RunEvent, ...] = USUAL_EVENTS


class ControllerTerms(Document, frozen=True):
    """How a run's controller is run.

    Attributes:
        hours: the run is stopped after this time.
        spot: whether its machine may be one that can be taken away, at a lower price.
        restarts: how often a controller that was lost is started again.
    """

    hours: int = 24
    spot: bool = False
    restarts: int = 2


class RunRequest(Document, frozen=True):
    """`run.json`: what is to be run. Creating it claims the run.

    Attributes:
        run_id: the run's id, also its folder's name and its controller job's id.
        rule: name of the trigger rule that asked for it.
        created: when it was claimed.
        image: the controller image, which fixes workflow, Snakemake and Headrace alike.
        objects: the uploads it is for.
        sheet: the sample sheet to write, if the workflow takes one.
        config: laid over the workflow's own configuration.
        targets: rules or files to make; the workflow's default target when empty.
        profile: the Snakemake profile, relative to the workflow's home; the installation's if none.
        cap: the most that the run may cost, in the price table's currency; no limit if none.
        notify: who is told how it goes.
        predecessor: id of the run of an earlier upload of some of the same names, if there is one.
        samples: names of the samples it is about, sorted; none if the rule names no such field.
        controller: how its controller is run.
        continues: id of the run whose finished results it begins with, if there is one.
        version: of this document's schema; a controller refuses one that it does not know.
        home: folder with the workflow's `workflow/` and `config/`, relative to
            HEADRACE_WORKFLOW_HOME; that one itself when empty.
    """

    run_id: str
    rule: str
    created: datetime
    image: str
    objects: list[InputObject]
    sheet: Sheet | None = None
    config: dict[str, Any] = {}
    targets: list[str] = []
    profile: str | None = None
    cap: float | None = None
    notify: list[Notify] = []
    predecessor: str | None = None
    samples: list[str] = []
    controller: ControllerTerms = ControllerTerms()
    continues: str | None = None
    version: int = REQUEST_VERSION
    home: str = ""


class Submission(Document, frozen=True):
    """`submitted.json`: the run's controller was accepted; nobody submits another.

    Attributes:
        run_id: the run's id.
        job: the controller job's name, as the service calls it.
        submitted: when that was known.
    """

    run_id: str
    job: str
    submitted: datetime


class Grade(Enum):
    """A quality verdict, from good to bad."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    WARN = "WARN"
    FAIL = "FAIL"


class Verdict(Document, frozen=True):
    """The workflow's judgement of one sample.

    Attributes:
        sample: its name.
        verdict: the grade.
        reasons: sentences; none for a PASS.
        metrics: what was judged, by name; null where nothing was measured.
    """

    sample: str
    verdict: Grade
    reasons: list[str]
    metrics: dict[str, int | float | None] = {}


class OutputFile(Document, frozen=True):
    """A result; `size` in bytes."""

    uri: str
    size: int


class RunOutputs(Document, frozen=True):
    """`outputs.json`: the run ended well.

    Attributes:
        run_id: the run's id.
        verdicts: one per sample; empty if the workflow gives none.
        report: address of the report for people, if there is one.
        results: all objects under `results/` and `report/` of the run.
        jobs: how many jobs the workflow ran.
        seconds: how long the workflow took, from the controller's start.
        ended: when.
    """

    run_id: str
    verdicts: list[Verdict]
    report: str | None
    results: list[OutputFile]
    jobs: int
    seconds: float
    ended: datetime


class FailedJob(Document, frozen=True):
    """A job that failed for good.

    Attributes:
        rule: name of its rule.
        wildcards: values of the rule's wildcards.
        message: what the executor said about it; may be empty.
        log: address of what the job wrote, if that is known.
    """

    rule: str
    wildcards: dict[str, str]
    message: str
    log: str | None


class RunError(Document, frozen=True):
    """`error.json`: the run did not end well.

    Attributes:
        run_id: the run's id.
        sentence: what happened and what to do, for a person.
        failed_jobs: the jobs that failed, where jobs are what failed.
        exit_code: of the workflow program; absent if it never started.
        log: address of the controller's log.
        ended: when.
        cancelled: whether a person wanted it to end.
    """

    run_id: str
    sentence: str
    failed_jobs: list[FailedJob]
    exit_code: int | None
    log: str
    ended: datetime
    cancelled: bool = False


def run_folder(results: str, run_id: str) -> ObjectUri:
    """Return the run's folder, `gs://RESULTS/runs/RUN_ID`."""
    return ObjectUri(results, f"runs/{run_id}")

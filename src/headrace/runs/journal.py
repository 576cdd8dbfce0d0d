"""What every job of a run did, `jobs.json` in its folder: the page and the cost are made of it.

A *job* is Snakemake's: a rule with wildcards. An *attempt* is what the job service ran for it, one
job of its own or one task of many; the jobs of a group share one. The executor tells of attempts
in log records, the logger plugin adds the jobs and keeps the document up to date.
"""

from datetime import datetime
from enum import StrEnum

from msgspec import field

from headrace.records import decode_json
from headrace.runs.status import Record

JOBS_FILE = "jobs.json"

ATTEMPT_ATTRIBUTE = "headrace_attempt"
"""Attribute of a log record that carries an `Attempt`, as JSON builtins, each time it changes."""


JOBS_ATTRIBUTE = "headrace_jobs"
"""Attribute of a log record that carries a list of `JobEntry`s, as JSON builtins: all that the
workflow knows of before the first one starts, those among them that need not run."""


class EntryState(StrEnum):
    """Where a job stands, as Snakemake sees it."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    REUSED = "reused"
    """Its results were there before the run and are still good: it does not run."""


class StepUse(Record, frozen=True):
    """What one command used, as the manifest gives it: seconds, MiB; None where nobody measured."""

    name: str
    exit_code: int | None = None
    wall_seconds: float | None = None
    cpu_seconds: float | None = None
    peak_memory_mb: float | None = None


class Attempt(Record, frozen=True):
    """One start of a job, or of a group of jobs, at the job service.

    Attributes:
        external_id: the service's name of it, with `#INDEX` for a task of a job of many.
        jobids: Snakemake's numbers of the jobs in it.
        folder: `gs://` address of its plan, step logs and manifest.
        machine_type: such as `n2-standard-4`.
        spot: whether the machine could be taken away.
        disk_gb: size of the machine's boot disk and work disk together, GB.
        work_disk_gb: of it, the work disk.
        disk_type: of the work disk, by Compute Engine's name; boot disks are balanced.
        public_address: whether the machine has an external address, which is paid for.
        gpu: kind and number, such as `nvidia-tesla-t4:1`; empty without.
        state: value of `headrace.services.protocol.JobState`.
        submitted: when the service accepted it.
        scheduled: when a machine was found for it.
        running: when its first action began.
        ended: when it ended.
        zone: of its machine, once known.
        machine: name of its machine, once known; attempts of one machine share its cost.
        detail: the last thing the service said of it.
        failure: value of `headrace.services.protocol.FailureKind`, if it failed.
        images: of its commands in order, as the plan names them; empty where nobody told.
        steps: its commands in order, once it has a manifest.
        bytes_in: bytes brought in.
        bytes_out: bytes taken out.
        staging_seconds: what bringing in and taking out took, once it has a manifest.
        pull_seconds: what pulling the steps' images took, once it has a manifest.
        ordered: when its machine was asked for, where that is not `scheduled`: of tasks of an
            array, the first of which finds a machine that has booted.
        waited: whether the service said that it waited for quota, or for a zone with room, once it
            was scheduled.
        adopted: whether an earlier head had submitted it.
    """

    external_id: str
    jobids: tuple[int, ...]
    folder: str
    machine_type: str
    spot: bool
    state: str
    submitted: datetime
    disk_gb: int = 0
    work_disk_gb: int = 0
    disk_type: str = "pd-balanced"
    public_address: bool = False
    gpu: str = ""
    scheduled: datetime | None = None
    running: datetime | None = None
    ended: datetime | None = None
    zone: str = ""
    machine: str = ""
    detail: str = ""
    failure: str | None = None
    images: tuple[str, ...] = ()
    steps: tuple[StepUse, ...] = ()
    bytes_in: int = 0
    bytes_out: int = 0
    staging_seconds: float | None = None
    pull_seconds: float | None = None
    ordered: datetime | None = None
    waited: bool = False
    adopted: bool = False


class JobEntry(Record, frozen=True):
    """A job of the workflow.

    Attributes:
        jobid: Snakemake's number of it in this run.
        rule: name of its rule.
        wildcards: their values.
        resources: what it asked for, `mem_mb`, `disk_mb`, `runtime` (minutes) and so on.
        inputs: addresses.
        outputs: addresses.
        logs: addresses of the rule's own log files.
        threads: cores it asked for.
        command: the rule's rendered shell command; empty for a rule without one.
        reason: why Snakemake runs it, in its own words.
        local: whether it runs on the head.
        state: where it stands.
        tries: how often it was handed to its executor.
        started: when that happened last.
        ended: when Snakemake was told of its end.
        message: why its last attempt failed.
    """

    jobid: int
    rule: str
    wildcards: dict[str, str]
    resources: dict[str, bool | int | str]
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    threads: int = 1
    command: str = ""
    reason: str = ""
    local: bool = False
    state: EntryState = EntryState.WAITING
    tries: int = 0
    started: datetime | None = None
    ended: datetime | None = None
    message: str = ""


class Journal(Record, frozen=True):
    """`jobs.json`: the jobs by number, the attempts in the order of their submission.

    `versions` are of the programs on the head, by name: `snakemake`, `headrace`, `python`.
    """

    run_id: str
    updated: datetime
    versions: dict[str, str] = field(default_factory=dict)
    jobs: tuple[JobEntry, ...] = ()
    attempts: tuple[Attempt, ...] = ()


def read(document: bytes, source: str) -> Journal:
    """Return the journal that a document holds; `source` names it in a `RecordError`."""
    return decode_json(document, Journal, source)

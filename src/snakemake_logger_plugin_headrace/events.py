"""Snakemake's log records, read into events.

Snakemake names the same thing differently from event to event (`jobid`, `job_id`, `jobs`), tells
of a start by the description of the job (`job_info`), also of each member of a group, and of "no
job is needed" and of the end by a sentence only. All of that is dealt with here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from logging import LogRecord
from typing import Any

from snakemake.common import NOTHING_TO_BE_DONE_MSG
from snakemake_interface_logger_plugins.common import LogEvent

from headrace.records import convert
from headrace.runs.journal import (
    ATTEMPT_ATTRIBUTE,
    JOBS_ATTRIBUTE,
    Attempt,
    EntryState,
    JobEntry,
)

SUBMITTED_ATTRIBUTE = "headrace_submitted"
"""Attribute by which an executor's record tells the service's name of jobs it submitted:
`{"jobids": [1, 2], "external_id": "projects/..."}`."""

_RUNTIME = "Elapsed time: "
"""How Snakemake's last sentence begins (`Workflow.log_workflow_runtime`)."""

_REPEATED = {"mem", "mem_mib", "disk", "disk_mib", "tmpdir"}
"""Resources that Snakemake derives from others, and the one that only the machine knows."""

_REMARK = re.compile(r" \([a-z, ]+\)$")
"""What Snakemake says of a file in the storage, such as `(send to storage)`."""


@dataclass(frozen=True)
class RunStarted:
    """Snakemake has read the workflow and begins."""


@dataclass(frozen=True)
class JobsPlanned:
    """The graph of jobs is known: how many jobs of each rule."""

    by_rule: Mapping[str, int]


@dataclass(frozen=True)
class NothingToDo:
    """The graph of jobs is known, and no job is needed."""


@dataclass(frozen=True)
class RunEnding:
    """Snakemake is through with its jobs, well or not: an error that follows tells."""


@dataclass(frozen=True)
class JobStarted:
    """A job, alone or as a member of a group, was handed to its executor."""

    job: JobEntry


@dataclass(frozen=True)
class JobsKnown:
    """An executor tells of all jobs of the workflow before the first one starts."""

    jobs: tuple[JobEntry, ...]


@dataclass(frozen=True)
class AttemptChanged:
    """The job service's side of a job changed."""

    attempt: Attempt


@dataclass(frozen=True)
class JobsSubmitted:
    """The job service gave jobs a name."""

    jobids: tuple[int, ...]
    external_id: str


@dataclass(frozen=True)
class JobFinished:
    """A job succeeded and its results were verified."""

    jobid: int


@dataclass(frozen=True)
class JobFailed:
    """An attempt of a job failed; without a `message` the same thread has said it before."""

    jobid: int
    rule: str
    message: str
    log: str | None
    thread: int | None


@dataclass(frozen=True)
class Progressed:
    """A job was counted as done; of how many in all, which checkpoints change."""

    total: int


@dataclass(frozen=True)
class ErrorReported:
    """Something went wrong in the run, or in a job whose failure the same thread tells next."""

    message: str
    thread: int | None


Event = (
    RunStarted
    | JobsPlanned
    | NothingToDo
    | RunEnding
    | JobStarted
    | JobsKnown
    | JobsSubmitted
    | AttemptChanged
    | JobFinished
    | JobFailed
    | Progressed
    | ErrorReported
)


def read(record: LogRecord) -> Event | None:  # noqa: PLR0911
    """Return the event that a record tells of; None for what does not matter to the status.

    Raises:
        AttributeError, KeyError, TypeError, ValueError: the record is not as Snakemake 9 makes it.
        RecordError: an executor's record is not of the shape that we agreed on.
    """
    told: Any = record
    match getattr(record, "event", None):
        case LogEvent.WORKFLOW_STARTED:
            return RunStarted()
        case LogEvent.RUN_INFO:
            counts = {str(rule): int(count) for rule, count in told.stats.items()}
            return JobsPlanned({rule: n for rule, n in counts.items() if rule != "total"})
        case LogEvent.JOB_INFO:
            return JobStarted(_job(told))
        case LogEvent.JOB_FINISHED:
            return JobFinished(int(told.job_id))
        case LogEvent.JOB_ERROR:
            message, log = str(told.rule_msg or ""), _first(told.log)
            return JobFailed(int(told.jobid), str(told.rule_name), message, log, record.thread)
        case LogEvent.PROGRESS:
            return Progressed(int(told.total))
        case LogEvent.ERROR | LogEvent.GROUP_ERROR:
            return ErrorReported(record.getMessage(), record.thread)
        case _:
            return _read_plain(record)


def _read_plain(record: LogRecord) -> Event | None:
    submitted = getattr(record, SUBMITTED_ATTRIBUTE, None)
    if submitted is not None:
        return JobsSubmitted(
            tuple(int(jobid) for jobid in submitted["jobids"]), str(submitted["external_id"])
        )
    attempt = getattr(record, ATTEMPT_ATTRIBUTE, None)
    if attempt is not None:
        return AttemptChanged(convert(attempt, Attempt, ATTEMPT_ATTRIBUTE))
    jobs = getattr(record, JOBS_ATTRIBUTE, None)
    if jobs is not None:
        return JobsKnown(tuple(convert(jobs, list[JobEntry], JOBS_ATTRIBUTE)))
    message = record.getMessage()
    if message == NOTHING_TO_BE_DONE_MSG:
        return NothingToDo()
    return RunEnding() if message.startswith(_RUNTIME) else None


def _job(told: Any) -> JobEntry:
    """Return the job that starts; older records, and other executors', say less of it."""
    wildcards = {str(name): str(value) for name, value in (told.wildcards or {}).items()}
    return JobEntry(
        jobid=int(told.jobid),
        rule=str(told.rule_name),
        wildcards=wildcards,
        resources=resources(getattr(told, "resources", None) or {}),
        inputs=_files(getattr(told, "input", None)),
        outputs=_files(getattr(told, "output", None)),
        logs=_files(told.log),
        threads=int(getattr(told, "threads", 1)),
        command=str(getattr(told, "shellcmd", None) or "").strip(),
        reason=str(getattr(told, "reason", None) or ""),
        local=bool(getattr(told, "local", False)),
        state=EntryState.RUNNING,
    )


def resources(named: Any) -> dict[str, bool | int | str]:
    """Return a job's resources, in the units of the journal and without what is yet unknown."""
    return {
        str(name): value
        for name, value in named.items()
        if isinstance(value, int | str) and not name.startswith("_") and name not in _REPEATED
    }


def _files(paths: Any) -> tuple[str, ...]:
    return tuple(_REMARK.sub("", str(path)) for path in paths or ())


def _first(paths: Any) -> str | None:
    """Return the first address without the remark that Snakemake puts behind it."""
    return next(iter(_files(paths)), None)

"""The progress of a run, `status.json` in its folder: written by the head, read by anybody.

It is one small JSON object, replaced whole. While the run is alive its state is `running`; if the
head is killed, `running` stays and `updated` stops moving.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

STATUS_FILE = "status.json"

MAX_RUNNING = 100
"""Most jobs that `RunStatus.running` names; `jobs_running` counts them all."""

MAX_ERRORS = 20
"""Most errors that `RunStatus.errors` keeps: the last ones."""


BEAT_SECONDS = 60.0
"""Seconds after which a head gives a sign of life though nothing has happened."""


class RunState(StrEnum):
    """Where a run is."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of the status and its parts: unknown keys are refused."""


class RunningJob(Record, frozen=True):
    """A job that was handed to its executor and has not ended.

    Attributes:
        rule: name of the rule.
        wildcards: values of its wildcards.
        jobid: Snakemake's number of the job in this run.
        external_id: the job's name at the job service, if it has been reported.
    """

    rule: str
    wildcards: dict[str, str]
    jobid: int
    external_id: str | None = None


class RuleProgress(Record, frozen=True):
    """How far the jobs of one rule are; `failed` ones may yet be tried again."""

    total: int
    done: int = 0
    failed: int = 0


class RunError(Record, frozen=True):
    """Something that went wrong.

    Attributes:
        rule: the rule whose job it was; None if it was the run itself.
        wildcards: the job's wildcards.
        message: what Snakemake or the executor said, cut if very long.
        log: the job's first log file, if it has one.
    """

    rule: str | None
    wildcards: dict[str, str]
    message: str
    log: str | None = None


class RunStatus(Record, frozen=True):
    """A run at one moment.

    Attributes:
        run_id: the last part of `gs://RESULTS/runs/RUN_ID`.
        state: running, or how it ended.
        started: when Snakemake began, UTC.
        updated: when the last thing happened, UTC.
        alive: when the head last gave a sign of life, UTC; it does so every `BEAT_SECONDS`, also
            when nothing happens.
        jobs_total: jobs of the run, the target rule included. Checkpoints change it, and after one
            a run may succeed with a job less done than its total.
        jobs_done: jobs that succeeded.
        jobs_failed: jobs whose latest attempt failed.
        jobs_running: jobs handed to an executor and not ended.
        running: the first `MAX_RUNNING` of these.
        rules: progress by name of the rule.
        errors: the last `MAX_ERRORS` errors, failures that a later attempt made good included.
    """

    run_id: str
    state: RunState
    started: datetime
    updated: datetime
    alive: datetime | None = None
    jobs_total: int = 0
    jobs_done: int = 0
    jobs_failed: int = 0
    jobs_running: int = 0
    running: tuple[RunningJob, ...] = ()
    rules: dict[str, RuleProgress] = {}
    errors: tuple[RunError, ...] = ()

"""Events add up to the status of a run. Pure: time comes with the events.

How a run ended is told by no event. It succeeded if, when Snakemake closes its log, it has said
that it is through with its jobs (or needed none) and has reported no error after that. Everything
else is a failure: an interrupt, a failed job, an error in the workflow or in a hook. "All jobs are
done" would not do: after a checkpoint Snakemake may end well with 4 of 5 done.
"""

from collections import Counter, deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import assert_never

from msgspec import structs

from headrace.runs.journal import JobEntry, Journal
from headrace.runs.status import (
    MAX_ERRORS,
    MAX_RUNNING,
    RuleProgress,
    RunError,
    RunningJob,
    RunState,
    RunStatus,
)
from snakemake_logger_plugin_headrace.events import (
    AttemptChanged,
    ErrorReported,
    Event,
    JobFailed,
    JobFinished,
    JobsKnown,
    JobsPlanned,
    JobsSubmitted,
    JobStarted,
    NothingToDo,
    Progressed,
    RunEnding,
    RunStarted,
)
from snakemake_logger_plugin_headrace.journal import JournalKeeper

MAX_MESSAGE = 2000
"""Characters kept of an error."""


class RunProgress:
    """What has happened in a run so far."""

    def __init__(self, run_id: str, versions: Mapping[str, str] | None = None) -> None:
        self._run_id = run_id
        self._journal = JournalKeeper(dict(versions or {}))
        self._started: datetime | None = None
        self._updated = datetime.fromtimestamp(0, UTC)
        self._total = 0
        self._planned: Counter[str] = Counter()
        self._done: Counter[str] = Counter()
        self._failed: dict[int, str] = {}
        self._running: dict[int, RunningJob] = {}
        self._errors: deque[RunError] = deque(maxlen=MAX_ERRORS)
        self._unclaimed: dict[int | None, RunError] = {}
        self._through = False

    @property
    def begun(self) -> bool:
        """Whether there is a run at all: Snakemake also starts to unlock, lint or report."""
        return self._started is not None

    @property
    def last_error(self) -> RunError:
        """What went wrong last; raises IndexError if nothing has."""
        return self._errors[-1]

    def add(self, event: Event, seconds: float) -> None:
        """Take in what happened at a time, in seconds since 1970."""
        self._updated = datetime.fromtimestamp(seconds, UTC)
        match event:
            case RunStarted() | JobsPlanned() | NothingToDo() | Progressed() | RunEnding():
                self._overlook(event)
            case JobsKnown(jobs):
                self._journal.know(jobs)
            case JobStarted(job):
                self._start(job)
            case JobsSubmitted() | AttemptChanged():
                self._hear(event)
            case JobFinished(jobid):
                self._done[self._running.pop(jobid).rule] += 1
                self._journal.finish(jobid, self._updated)
            case JobFailed():
                self._fail(event)
            case ErrorReported(message, thread):
                self._through = False
                self._unclaimed[thread] = _error(None, {}, message)
                self._errors.append(self._unclaimed[thread])
            case _:
                assert_never(event)

    def journal(self) -> Journal:
        """Return what every job did so far."""
        return self._journal.journal(self._run_id, self._updated)

    def status(self, *, ended: bool, alive: datetime | None = None) -> RunStatus:
        """Return the status now; `ended` when Snakemake has closed its log.

        `alive` is the time at which it is told, for those who wonder whether anybody still does.

        Raises:
            ValueError: the run has not begun.
        """
        if self._started is None:
            raise ValueError("a run that has not begun has no status")
        running = () if ended else tuple(self._running.values())
        return RunStatus(
            run_id=self._run_id,
            state=self._end() if ended else RunState.RUNNING,
            started=self._started,
            updated=self._updated,
            alive=alive,
            jobs_total=self._total,
            jobs_done=self._done.total(),
            jobs_failed=len(self._failed),
            jobs_running=len(running),
            running=running[:MAX_RUNNING],
            rules=self._rules(),
            errors=tuple(self._errors),
        )

    def _overlook(
        self, event: RunStarted | JobsPlanned | NothingToDo | Progressed | RunEnding
    ) -> None:
        """Take in what concerns all jobs."""
        match event:
            case RunStarted():
                self._started = self._updated
            case JobsPlanned(by_rule):
                self._planned = Counter(by_rule)
                self._total = self._planned.total()
            case Progressed(total):
                self._total = total
            case NothingToDo() | RunEnding():
                self._through = True
            case _:
                assert_never(event)

    def _hear(self, event: JobsSubmitted | AttemptChanged) -> None:
        """Take in what the executor tells of the job service's side."""
        match event:
            case JobsSubmitted(jobids, external_id):
                for jobid in self._running.keys() & set(jobids):
                    job = self._running[jobid]
                    self._running[jobid] = structs.replace(job, external_id=external_id)
            case AttemptChanged(attempt):
                self._journal.attempt(attempt)
            case _:
                assert_never(event)

    def _start(self, job: JobEntry) -> None:
        self._failed.pop(job.jobid, None)
        self._running[job.jobid] = RunningJob(
            rule=job.rule, wildcards=job.wildcards, jobid=job.jobid
        )
        self._journal.start(job, self._updated)

    def _fail(self, event: JobFailed) -> None:
        self._failed[event.jobid] = event.rule
        job = self._running.pop(event.jobid, None)
        message = event.message or self._claim(event.thread)
        wildcards = job.wildcards if job else {}
        told = _error(event.rule, wildcards, message, event.log)
        self._errors.append(told)
        self._journal.fail(event.jobid, told.message, self._updated)

    def _claim(self, thread: int | None) -> str:
        """Take from the run's errors the one that was a job's: what its thread said before."""
        said = self._unclaimed.pop(thread, None)
        if said is None:
            return ""
        self._errors = deque((one for one in self._errors if one is not said), MAX_ERRORS)
        return said.message

    def _end(self) -> RunState:
        return RunState.SUCCEEDED if self._through else RunState.FAILED

    def _rules(self) -> dict[str, RuleProgress]:
        failed = Counter(self._failed.values())
        seen = self._done + failed + Counter(job.rule for job in self._running.values())
        # A checkpoint brings jobs that no plan foretold.
        total = self._planned | seen
        return {
            rule: RuleProgress(total=total[rule], done=self._done[rule], failed=failed[rule])
            for rule in sorted(total)
        }


def _error(
    rule: str | None, wildcards: Mapping[str, str], message: str, log: str | None = None
) -> RunError:
    return RunError(rule=rule, wildcards=dict(wildcards), message=message[:MAX_MESSAGE], log=log)

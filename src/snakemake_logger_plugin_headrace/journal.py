"""Events add up to the journal of a run. Pure: time comes with the events.

Each event replaces one entry, so that following a run costs the same per event however many jobs
it has; the whole is put together only when it is written.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec import structs

from headrace.runs.journal import Attempt, EntryState, JobEntry, Journal


class JournalKeeper:
    """What every job of a run did so far."""

    def __init__(self, versions: dict[str, str]) -> None:
        self._versions = versions
        self._jobs: dict[int, JobEntry] = {}
        self._attempts: dict[str, Attempt] = {}

    def know(self, jobs: Iterable[JobEntry]) -> None:
        """Take in jobs that the workflow has; those that have started are known better."""
        for job in jobs:
            self._jobs.setdefault(job.jobid, job)

    def start(self, job: JobEntry, at: datetime) -> None:
        """Take in that a job was handed to its executor."""
        before = self._jobs.get(job.jobid)
        self._jobs[job.jobid] = structs.replace(
            job,
            state=EntryState.RUNNING,
            started=at,
            tries=1 + (before.tries if before else 0),
            message=before.message if before else "",
        )

    def finish(self, jobid: int, at: datetime) -> None:
        """Take in that a job's results are there."""
        self._end(jobid, EntryState.DONE, at)

    def fail(self, jobid: int, message: str, at: datetime) -> None:
        """Take in that a job's attempt failed, and why."""
        self._end(jobid, EntryState.FAILED, at, message)

    def attempt(self, attempt: Attempt) -> None:
        """Take in what the job service says of an attempt now."""
        self._attempts[attempt.external_id] = attempt

    def journal(self, run_id: str, updated: datetime) -> Journal:
        """Return all of it as it is now, cheaply: entries are shared, not copied."""
        return Journal(
            run_id=run_id,
            updated=updated,
            versions=self._versions,
            jobs=tuple(self._jobs[jobid] for jobid in sorted(self._jobs)),
            attempts=tuple(self._attempts.values()),
        )

    def _end(self, jobid: int, state: EntryState, at: datetime, message: str = "") -> None:
        job = self._jobs.get(jobid)
        if job is not None:
            kept = message or job.message
            self._jobs[jobid] = structs.replace(job, state=state, ended=at, message=kept)

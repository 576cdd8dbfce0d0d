"""Where each job stands, by what Snakemake says of it and what the job service says."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from headrace.runs.journal import Attempt, EntryState, JobEntry, Journal
from headrace.runs.listing import State


class Standing(Enum):
    """Where a job stands, in the words of the page. The order is that of urgency."""

    FAILED = "failed"
    STOPPED = "stopped"
    RUNNING = "running"
    BOOTING = "booting"
    QUOTA = "waiting for quota"
    QUEUED = "queued"
    RETRIED = "retried"
    DONE = "done"
    REUSED = "reused"

    @property
    def ended(self) -> bool:
        """Whether the job will not change any more by itself."""
        return self not in _GOING_ON

    @property
    def good(self) -> bool:
        """Whether the job's results are there."""
        return self in {Standing.DONE, Standing.RETRIED, Standing.REUSED}


_GOING_ON = {Standing.RUNNING, Standing.BOOTING, Standing.QUOTA, Standing.QUEUED}

IN_METERS = (
    Standing.DONE,
    Standing.RETRIED,
    Standing.REUSED,
    Standing.FAILED,
    Standing.STOPPED,
    Standing.RUNNING,
    Standing.BOOTING,
    Standing.QUOTA,
    Standing.QUEUED,
)
"""From what is through to what is still to come."""

_SETTLED = {
    EntryState.DONE: Standing.DONE,
    EntryState.FAILED: Standing.FAILED,
    EntryState.REUSED: Standing.REUSED,
}

_AT_SERVICE = {
    "queued": Standing.QUOTA,
    "starting": Standing.BOOTING,
    "running": Standing.RUNNING,
}
"""Of a job that was handed over, by the state of its attempt; any other is a moment between two."""


@dataclass(frozen=True)
class Job:
    """A job with its attempts, the latest last."""

    entry: JobEntry
    attempts: tuple[Attempt, ...]
    standing: Standing

    @property
    def last(self) -> Attempt | None:
        """The latest attempt, if there was one at a job service."""
        return self.attempts[-1] if self.attempts else None

    @property
    def peak_memory_mb(self) -> float | None:
        """Most memory that a command of the latest attempt took, MiB."""
        steps = self.last.steps if self.last is not None else ()
        peaks = [step.peak_memory_mb for step in steps if step.peak_memory_mb is not None]
        return max(peaks, default=None)

    @property
    def seconds(self) -> float | None:
        """From the start to the end as Snakemake saw them, if it has ended."""
        if self.entry.started is None or self.entry.ended is None:
            return None
        return max(0.0, (self.entry.ended - self.entry.started).total_seconds())


def of_journal(journal: Journal | None, state: State) -> list[Job]:
    """Return the jobs of a run in this state.

    A job that still waits when its run has gone well is left out: after a checkpoint the workflow
    turned out not to need it.
    """
    if journal is None:
        return []
    attempts: defaultdict[int, list[Attempt]] = defaultdict(list)
    for attempt in journal.attempts:
        for jobid in attempt.jobids:
            attempts[jobid].append(attempt)
    jobs = (_job(entry, attempts[entry.jobid], over=state.ended) for entry in journal.jobs)
    good = state is State.SUCCEEDED
    return [job for job in jobs if not (good and job.standing is Standing.STOPPED)]


def tally(standings: Iterable[Standing]) -> dict[Standing, int]:
    """Count standings, in the order of meters."""
    counts = Counter(standings)
    return {standing: counts[standing] for standing in IN_METERS if counts[standing]}


def _job(entry: JobEntry, attempts: Sequence[Attempt], *, over: bool) -> Job:
    return Job(entry, tuple(attempts), _standing(entry, attempts, over=over))


def _standing(entry: JobEntry, attempts: Sequence[Attempt], *, over: bool) -> Standing:
    if entry.state is EntryState.DONE and (entry.tries > 1 or len(attempts) > 1):
        return Standing.RETRIED
    if entry.state in _SETTLED:
        return _SETTLED[entry.state]
    if over:
        return Standing.STOPPED
    if entry.state is EntryState.WAITING:
        return Standing.QUEUED
    if attempts:
        return _AT_SERVICE.get(attempts[-1].state, Standing.RUNNING)
    return Standing.RUNNING if entry.local else Standing.QUOTA

"""Jobs and machines on a common line of time: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from localcloud.jobs.events import Worker, WorkerAssigned, WorkerReleased
from localcloud.jobs.job import Job


@dataclass(frozen=True, slots=True)
class Bar:
    """Where something waits and where it runs, in per cent of the whole line."""

    wait_from: float
    run_from: float
    run_to: float


@dataclass(frozen=True, slots=True)
class Life:
    """A machine from the moment it stood ready; `until` is None while it stands."""

    worker: Worker
    job: Job
    ready: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """The time from `first` to `last`."""

    first: datetime
    last: datetime

    @classmethod
    def of(cls, jobs: Sequence[Job], now: datetime) -> Line:
        """From the first creation of a job to the last end, or to now."""
        first = min((job.created for job in jobs), default=now)
        return cls(first, max((job.ended or now for job in jobs), default=now))

    def place(self, moment: datetime) -> float:
        """Where a moment lies, in per cent."""
        whole = max((self.last - self.first).total_seconds(), 0.001)
        return round(min(100.0, 100 * (moment - self.first).total_seconds() / whole), 3)

    def job(self, job: Job) -> Bar:
        """The bar of a job: it waits until it has a machine."""
        return Bar(
            wait_from=self.place(job.created),
            run_from=self.place(job.started or job.ended or self.last),
            run_to=self.place(job.ended or self.last),
        )

    def machine(self, life: Life) -> Bar:
        """The bar of a machine."""
        ready = self.place(life.ready)
        return Bar(ready, ready, self.place(life.until or self.last))


def machines(jobs: Sequence[Job]) -> list[Life]:
    """The machines that jobs have had, the latest first."""
    lives = [life for job in jobs for life in _of_job(job)]
    return sorted(lives, key=lambda life: life.ready, reverse=True)


def _of_job(job: Job) -> list[Life]:
    released = {
        event.what.worker.instance: event.at
        for event in job.events
        if isinstance(event.what, WorkerReleased)
    }
    return [
        Life(event.what.worker, job, event.at, released.get(event.what.worker.instance, job.ended))
        for event in job.events
        if isinstance(event.what, WorkerAssigned)
    ]

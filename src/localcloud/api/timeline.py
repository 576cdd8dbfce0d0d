"""Jobs on a common line of time: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from localcloud.jobs.job import Job


@dataclass(frozen=True, slots=True)
class Bar:
    """Where a job waits and where it runs, in per cent of the whole line."""

    wait_from: float
    run_from: float
    run_to: float


def bars(jobs: Sequence[Job], now: datetime) -> list[Bar]:
    """One bar for each job, from the first creation to the last end, or to now."""
    if not jobs:
        return []
    first = min(job.created for job in jobs)
    last = max(job.ended or now for job in jobs)
    whole = max((last - first).total_seconds(), 0.001)

    def place(moment: datetime) -> float:
        return round(min(100.0, 100 * (moment - first).total_seconds() / whole), 3)

    return [
        Bar(
            wait_from=place(job.created),
            run_from=place(job.started or job.ended or now),
            run_to=place(job.ended or now),
        )
        for job in jobs
    ]

"""Journals of runs, as executor and logger plugin write them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from headrace.runs.journal import Attempt, JobEntry, Journal, StepUse

NOW = datetime(2026, 8, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """Return a moment of the run."""
    return NOW + timedelta(seconds=seconds)


def job(jobid: int, rule: str = "align", sample: str = "s1", **more: Any) -> JobEntry:
    """Return a job of one sample with two inputs, an output and a log."""
    entry: dict[str, Any] = {
        "resources": {"mem_mb": 2000, "runtime": 120},
        "inputs": ("gs://r/a", "gs://r/b"),
        "outputs": ("gs://r/c",),
        "logs": ("gs://r/d",),
        **more,
    }
    return JobEntry(jobid=jobid, rule=rule, wildcards={"sample": sample}, **entry)


def attempt(jobid: int | tuple[int, ...], begin: float = 0.0, **more: Any) -> Attempt:
    """Return an attempt: 5 s of queue, 70 s of boot, 100 s of work of which 60 are the tool's."""
    jobids = (jobid,) if isinstance(jobid, int) else jobid
    values: dict[str, Any] = {
        "external_id": f"job-{jobids[0]}-{begin:g}",
        "folder": "gs://r/work/x",
        "machine_type": "n2d-standard-4",
        "spot": False,
        "state": "succeeded",
        "submitted": at(begin),
        "scheduled": at(begin + 5),
        "running": at(begin + 75),
        "ended": at(begin + 175),
        "disk_gb": 40,
        "work_disk_gb": 10,
        "steps": (StepUse(name="align", exit_code=0, wall_seconds=60.0),),
        "staging_seconds": 20.0,
        "pull_seconds": 15.0,
        **more,
    }
    return Attempt(jobids=jobids, **values)


def journal(jobs: list[JobEntry], attempts: list[Attempt]) -> Journal:
    """Return the journal of run `r1`."""
    return Journal(run_id="r1", updated=at(1000), jobs=tuple(jobs), attempts=tuple(attempts))

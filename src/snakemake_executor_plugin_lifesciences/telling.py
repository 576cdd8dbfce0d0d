"""What the workflow knows of its jobs before the first one starts, for the logger plugin.

Snakemake's events tell of a job when it starts; who looks at a run wants to see what is still to
come, too, and what need not run because its results are there. Threads and resources are left to
the start: asking for them now would call functions of the workflow before their time.
"""

from collections.abc import Iterable
from typing import Any

from headrace.runs.journal import EntryState


def known_jobs(dag: Any) -> list[dict[str, Any]]:
    """Return all jobs of the workflow, each a `headrace.runs.journal.JobEntry` as builtins."""
    return [_entry(job, dag.jobid(job), needed=dag.needrun(job)) for job in dag.jobs]


def _entry(job: Any, jobid: int, *, needed: bool) -> dict[str, Any]:
    return {
        "jobid": jobid,
        "rule": job.rule.name,
        "wildcards": {name: str(value) for name, value in (job.wildcards_dict or {}).items()},
        "resources": {},
        "inputs": _addresses(job.input),
        "outputs": _addresses(job.output),
        "logs": _addresses(job.log),
        "local": bool(job.is_local),
        "state": (EntryState.WAITING if needed else EntryState.REUSED).value,
    }


def _addresses(files: Iterable[Any]) -> list[str]:
    """Return addresses in the storage; the path of a file that is in none."""
    return [file.storage_object.query if file.is_storage else str(file) for file in files]

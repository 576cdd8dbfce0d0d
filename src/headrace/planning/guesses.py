"""How long commands may take, where no earlier run tells.

A limit says little, for it is set so that it never strikes. What there is to read says more: the
sizes of the files that are there are known, and a step is taken to make as much as it reads.
"""

from collections.abc import Iterable

from headrace.planning.graph import PlannedJob, PlannedWorkflow, in_order

SHORTEST_SECONDS = 10.0
"""What any command needs: a guess of ours."""

MB_PER_SECOND = 2.0
"""What a tool works through per thread: a guess of ours, between a compressor and an aligner."""

BYTES_PER_MB = 1_000_000


def guessed(workflow: PlannedWorkflow) -> dict[int, float]:
    """Return the seconds of each job: by what it reads and its threads, at most its time limit.

    Where nothing is known of what it reads, every order of magnitude between ten seconds and the
    limit is taken to be as likely as another: the middle of that is their geometric mean.
    """
    read = volumes(workflow)
    return {job.jobid: _seconds(job, read[job.jobid]) for job in workflow.jobs}


def volumes(workflow: PlannedWorkflow) -> dict[int, float | None]:
    """Return the bytes that each job reads, or will by these guesses; None if nobody knows."""
    made: dict[str, float | None] = {}
    found: dict[int, float | None] = {}
    for job in in_order(workflow):
        found[job.jobid] = _read(job, made)
        made |= {file.path: _share(found[job.jobid], len(job.outputs)) for file in job.outputs}
    return found


def _read(job: PlannedJob, volumes: dict[str, float | None]) -> float | None:
    """Return the bytes that a job reads; None if nothing is known of any."""
    sizes = [volumes.get(file.path, file.size) for file in job.inputs]
    return _sum(size for size in sizes if size is not None)


def _sum(sizes: Iterable[float]) -> float | None:
    known = list(sizes)
    return sum(known) if known else None


def _share(read: float | None, files: int) -> float | None:
    return None if read is None else read / files


def _seconds(job: PlannedJob, read: float | None) -> float:
    limit = max(SHORTEST_SECONDS, 60.0 * job.runtime_minutes)
    if read is None:
        return float((SHORTEST_SECONDS * limit) ** 0.5)
    rate = MB_PER_SECOND * BYTES_PER_MB * max(1, job.threads)
    return min(limit, SHORTEST_SECONDS + read / rate)

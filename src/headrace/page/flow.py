"""What waited for what: the graph of jobs by their files, and the path that took longest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from headrace.page.jobs import Job


@dataclass(frozen=True)
class Flow:
    """The graph of jobs: for each jobid those it needs, and those that need it."""

    needs: Mapping[int, frozenset[int]]
    feeds: Mapping[int, frozenset[int]]


def of_jobs(jobs: Iterable[Job]) -> Flow:
    """Join jobs by files: who makes what another one reads. Files that nobody makes are inputs."""
    jobs = list(jobs)
    maker = {file: job.entry.jobid for job in jobs for file in job.entry.outputs}
    needs: dict[int, frozenset[int]] = {}
    feeds: dict[int, set[int]] = {job.entry.jobid: set() for job in jobs}
    for job in jobs:
        jobid = job.entry.jobid
        before = {maker[file] for file in job.entry.inputs if file in maker} - {jobid}
        needs[jobid] = frozenset(before)
        for other in before:
            feeds[other].add(jobid)
    return Flow(needs, {jobid: frozenset(others) for jobid, others in feeds.items()})


def rule_needs(jobs: Iterable[Job], flow: Flow) -> dict[str, frozenset[str]]:
    """Return for each rule the rules whose jobs its jobs need."""
    jobs = list(jobs)
    rule = {job.entry.jobid: job.entry.rule for job in jobs}
    needs: dict[str, set[str]] = {}
    for job in jobs:
        before = needs.setdefault(job.entry.rule, set())
        before |= {rule[other] for other in flow.needs[job.entry.jobid]}
    return {name: frozenset(before - {name}) for name, before in needs.items()}


def layers(needs: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Put names into layers, each after all it needs; names in a ring are put where first met."""
    depth: dict[str, int] = {}

    def place(name: str, above: frozenset[str]) -> int:
        if name not in depth:
            before = [
                place(other, above | {name})
                for other in sorted(needs.get(name, ()))
                if other not in above and other != name
            ]
            depth[name] = 1 + max(before, default=-1)
        return depth[name]

    for name in sorted(needs):
        place(name, frozenset())
    found: list[list[str]] = [[] for _ in range(1 + max(depth.values(), default=-1))]
    for name in sorted(depth):
        found[depth[name]].append(name)
    return found


def critical_path(jobs: Iterable[Job], flow: Flow) -> list[Job]:
    """Return the jobs that the run waited for, the first one first.

    From the job that ended last we go back, each time to the one among those it needed that ended
    last. Jobs that have not ended yet count up to now.
    """
    started = {job.entry.jobid: job for job in jobs if job.entry.started is not None}
    if not started:
        return []
    current = max(started.values(), key=_ended)
    path = [current]
    while before := [started[n] for n in flow.needs[current.entry.jobid] if n in started]:
        current = max(before, key=_ended)
        if current in path:
            break
        path.append(current)
    return path[::-1]


def rule_order(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the rules from first to last."""
    return [name for layer in layers(needs) for name in layer]


def _ended(job: Job) -> tuple[bool, datetime, int]:
    """Sort key: what goes on is later than all that has ended."""
    at = job.entry.ended or job.entry.started
    assert at is not None, "asked of started jobs only"  # noqa: S101 - for the type checker
    return job.entry.ended is None, at, job.entry.jobid


def names(path: Sequence[Job]) -> frozenset[int]:
    """Return the numbers of the jobs of a path."""
    return frozenset(job.entry.jobid for job in path)

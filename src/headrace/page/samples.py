"""Which row and which column of the matrix a job is in: rows are samples, columns are rules."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from headrace.page import flow
from headrace.page.flow import Flow
from headrace.page.jobs import Job

PREFERRED = ("sample", "unit", "id", "name")
"""Wildcards that name a row, if the workflow has one of them; else the one most jobs have."""

SHARED = "all samples"
"""The row of jobs that belong to no single sample."""

_NUMBERS = re.compile(r"(\d+)")


@dataclass(frozen=True)
class Matrix:
    """Rows and columns in order, and the row of each job by its number."""

    rows: tuple[str, ...]
    rules: tuple[str, ...]
    row_of: Mapping[int, str]


def arrange(jobs: Sequence[Job], graph: Flow) -> Matrix:
    """Find rows and columns.

    A job without the wildcard that names rows is put where the jobs belong that it feeds, or else
    that feed it, if these agree on one row: the lanes of a sample go with their sample. A job
    without any wildcard, and one on the head, belongs to all.
    """
    key = _row_wildcard(jobs)
    found = {
        job.entry.jobid: job.entry.wildcards[key] for job in jobs if key in job.entry.wildcards
    }
    for steps in (graph.feeds, graph.needs):
        near = _spread(found, steps)
        for job in jobs:
            jobid = job.entry.jobid
            if jobid not in found and _of_a_sample(job) and len(near[jobid]) == 1:
                found[jobid] = next(iter(near[jobid]))
    row_of = {job.entry.jobid: found.get(job.entry.jobid, SHARED) for job in jobs}
    order = flow.rule_order(flow.rule_needs(jobs, graph))
    rows = sorted(set(row_of.values()) - {SHARED}, key=natural)
    shared = (SHARED,) if SHARED in row_of.values() else ()
    return Matrix((*rows, *shared), tuple(order), row_of)


def _of_a_sample(job: Job) -> bool:
    return bool(job.entry.wildcards) and not job.entry.local


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key by which `s2` comes before `s10`."""
    parts = _NUMBERS.split(text)
    return tuple((1, int(p), "") if p.isdecimal() else (0, 0, p.lower()) for p in parts)


def _row_wildcard(jobs: Sequence[Job]) -> str:
    counts = Counter(name for job in jobs for name in job.entry.wildcards)
    preferred = [name for name in PREFERRED if name in counts]
    return preferred[0] if preferred else max(counts, key=lambda name: counts[name], default="")


def _spread(
    direct: Mapping[int, str], steps: Mapping[int, frozenset[int]]
) -> dict[int, frozenset[str]]:
    """Return for each job the rows reached by going along `steps`; two stand for many."""
    found: dict[int, frozenset[str]] = {}
    for jobid in _in_order(steps):
        rows = (found.get(other, frozenset()) for other in steps[jobid])
        reached = frozenset({direct[jobid]}) if jobid in direct else frozenset().union(*rows)
        found[jobid] = frozenset(sorted(reached)[:2])
    return found


def _in_order(steps: Mapping[int, frozenset[int]]) -> Iterable[int]:
    try:
        return list(TopologicalSorter(steps).static_order())
    except CycleError:  # a file that is both read and written: rows are then found next door only
        return steps

"""The rules of a run in figures: how far, how long, how much memory, at what price."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from headrace.page import words
from headrace.page.facts import Facts
from headrace.page.jobs import Job, Standing, tally


@dataclass(frozen=True)
class Step:
    """A rule; seconds and MiB, None where nothing was measured."""

    rule: str
    total: int
    by_standing: Mapping[Standing, int]
    median: float | None
    longest: float | None
    memory: float | None
    price: str


def steps(facts: Facts, jobs: Sequence[Job], rules: Sequence[str]) -> list[Step]:
    """Return the rules in their order."""
    members: defaultdict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        members[job.entry.rule].append(job)
    cost = facts.cost
    prices = {part.name: part.amounts.total for part in cost.rules} if cost else {}
    currency = cost.prices.currency if cost else ""
    return [
        _step(rule, members[rule], words.money(prices[rule], currency) if rule in prices else "")
        for rule in rules
    ]


def _step(rule: str, jobs: Sequence[Job], price: str) -> Step:
    seconds = [job.seconds for job in jobs if job.seconds is not None and job.standing.good]
    peaks = [job.peak_memory_mb for job in jobs if job.peak_memory_mb is not None]
    return Step(
        rule=rule,
        total=len(jobs),
        by_standing=tally(job.standing for job in jobs),
        median=median(seconds) if seconds else None,
        longest=max(seconds, default=None),
        memory=max(peaks, default=None),
        price=price,
    )

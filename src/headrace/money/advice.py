"""What would make runs cheaper, by what former ones used: pure.

Memory and CPU that rules ask for and never use; spot machines, by the losses seen; machines that
several steps could share, by how much of their time was the tools' own.
"""

import math
import statistics
from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum

from headrace.errors import JobRefusedError, UnpricedError
from headrace.planning import history
from headrace.planning.history import Observation, RunHistory
from headrace.planning.machines import MIB_PER_GIB, Request, cheapest
from headrace.planning.prices import MINIMUM_SECONDS
from headrace.planning.pricetable import PriceTable
from headrace.runs.status import Record

ENOUGH = 3
"""Former jobs of a rule without which nothing is said of it."""

HEADROOM = 1.3
"""What is asked for beyond the largest peak seen: peaks are sampled, and the next may be larger."""

STEP_MB = 500
LEAST_SAVING = 0.03
"""A smaller part of the price is not worth a change."""

MOSTLY_OVERHEAD = 0.5
"""A rule whose machines work for its tool for less than this part of their time should share."""


class Topic(StrEnum):
    """What an advice is about."""

    MEMORY = "memory"
    CPU = "cpu"
    SPOT = "spot"
    SHARE = "share"


class Advice(Record, frozen=True):
    """One thing that could be changed.

    Attributes:
        rule: name of the rule; empty for what concerns all.
        topic: what it is about.
        sentence: what was asked for, what was used, what to ask for, what that saves.
        saving: the part of the machines' price that it saves, 0.31 for 31 %; None where it cannot
            be told.
        former: how many former jobs it rests on.
    """

    rule: str
    topic: Topic
    sentence: str
    saving: float | None
    former: int


def advise(runs: Sequence[RunHistory], table: PriceTable) -> list[Advice]:
    """Return what could be changed, the greatest saving first."""
    told: dict[str, list[Observation]] = defaultdict(list)
    for run in runs:
        for one in run.observations:
            told[one.rule].append(one)
    found = [_spot(runs, table)]
    boot = history.usual_boot(runs)
    for rule, jobs in sorted(told.items()):
        if len(jobs) >= ENOUGH:
            found += [_memory(rule, jobs, table), _cpu(rule, jobs, table), _share(rule, jobs, boot)]
    kept = [one for one in found if one is not None]
    return sorted(kept, key=lambda one: (-(one.saving or 0.0), one.rule, one.topic))


def _memory(rule: str, jobs: Sequence[Observation], table: PriceTable) -> Advice | None:
    peaks = [one.peak_mb for one in jobs if one.peak_mb]
    asked = max(one.mem_mb for one in jobs)
    if not peaks or asked <= 0:
        return None
    peak = max(peaks)
    needed = math.ceil(peak * HEADROOM / STEP_MB) * STEP_MB
    threads = max(one.threads for one in jobs)
    saving = _saving(table, (threads, asked), (threads, needed))
    seen = f"asks for {asked} MB and used {peak:.0f} MB at most over {len(peaks)} jobs"
    if peak > asked:
        more = f"{rule} {seen}: mem_mb={needed} keeps it from being killed on a smaller machine"
        return Advice(
            rule=rule, topic=Topic.MEMORY, sentence=f"{more}.", saving=None, former=len(peaks)
        )
    if needed >= asked or saving < LEAST_SAVING:
        return None
    return Advice(
        rule=rule,
        topic=Topic.MEMORY,
        sentence=f"{rule} {seen}: mem_mb={needed} saves {saving:.0%}.",
        saving=saving,
        former=len(peaks),
    )


def _cpu(rule: str, jobs: Sequence[Observation], table: PriceTable) -> Advice | None:
    used = [one.cpu / one.tool for one in jobs if one.cpu is not None and one.tool > 1]
    threads, asked = max(one.threads for one in jobs), max(one.mem_mb for one in jobs)
    if len(used) < ENOUGH:
        return None
    busiest = max(used)
    needed = max(1, math.ceil(busiest * 1.1))
    saving = _saving(table, (threads, asked), (needed, asked))
    if needed >= threads or saving < LEAST_SAVING:
        return None
    return Advice(
        rule=rule,
        topic=Topic.CPU,
        sentence=(
            f"{rule} asks for {threads} threads and kept {busiest:.1f} busy at most over "
            f"{len(used)} jobs: threads: {needed} saves {saving:.0%} and takes no longer."
        ),
        saving=saving,
        former=len(used),
    )


def _share(rule: str, jobs: Sequence[Observation], boot: float) -> Advice | None:
    """Say which rules' machines do something else most of the time."""
    whole = max(MINIMUM_SECONDS, statistics.median(one.worked + boot for one in jobs))
    tool = statistics.median(one.tool for one in jobs)
    if tool / whole >= MOSTLY_OVERHEAD:
        return None
    return Advice(
        rule=rule,
        topic=Topic.SHARE,
        sentence=(
            f"{rule} works for {tool:.0f} s on a machine that is paid for {whole:.0f} s, "
            f"at the median of {len(jobs)} jobs: let it share one ('headrace plan')."
        ),
        saving=None,
        former=len(jobs),
    )


def _spot(runs: Sequence[RunHistory], table: PriceTable) -> Advice | None:
    """Say whether spot machines pay, by how long jobs take and how often machines are lost."""
    jobs = [one for run in runs for one in run.observations]
    if len(jobs) < ENOUGH:
        return None
    rate = history.losses_per_hour(runs)
    hours = statistics.mean(one.worked for one in jobs) / 3600
    repeated = math.expm1(rate * hours) / (rate * hours) if rate * hours > 0 else 1.0
    prices = [_pair(table, one) for one in jobs[:50]]
    known = [(full, spot) for full, spot in prices if full > 0]
    if not known:
        return None
    share = sum(spot for _, spot in known) / sum(full for full, _ in known)
    saving = 1 - share * repeated
    seen = sum(run.spot_losses for run in runs)
    spot_hours = sum(run.spot_hours for run in runs)
    basis = (
        f"{seen} machines were lost in {spot_hours:.1f} spot hours"
        if spot_hours > 0
        else "no spot machine has run here yet, and a loss in twenty hours is assumed"
    )
    verdict = f"would save {saving:.0%}" if saving > 0 else f"would cost {-saving:.0%} more"
    return Advice(
        rule="",
        topic=Topic.SPOT,
        sentence=f"Spot machines for all jobs {verdict} against machines on demand: {basis}.",
        saving=max(0.0, saving),
        former=len(jobs),
    )


def _saving(table: PriceTable, now: tuple[int, int], then: tuple[int, int]) -> float:
    """Return the part that a smaller request saves, by the cheapest machine for each."""
    before, after = _price(table, *now, spot=False), _price(table, *then, spot=False)
    return 1 - after / before if before > 0 else 0.0


def _pair(table: PriceTable, one: Observation) -> tuple[float, float]:
    full = _price(table, one.threads, one.mem_mb, spot=False)
    return full, _price(table, one.threads, one.mem_mb, spot=True)


def _price(table: PriceTable, threads: int, mem_mb: int, *, spot: bool) -> float:
    try:
        type_ = cheapest(Request(cpus=threads, memory_mb=min(mem_mb, _MOST_MB)), spot=spot)
        return table.machine_hour(type_.name, spot=spot)
    except (JobRefusedError, UnpricedError):
        return 0.0


_MOST_MB = 512 * MIB_PER_GIB

"""What a run has cost, from its journal: pure.

Every attempt is priced by the machine it ran on; the jobs of an attempt divide it by the time their
commands took. Nothing here asks a service: on Google Cloud and on the local cloud alike it is the
moments that the job service reported.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from headrace.errors import UnpricedError
from headrace.money import pricing, vms
from headrace.money.records import (
    Amounts,
    Estimate,
    EstimateCheck,
    JobCost,
    PartCost,
    RunCost,
    Times,
)
from headrace.money.vms import Share
from headrace.planning.prices import MINIMUM_SECONDS
from headrace.planning.pricetable import HourlyPrice, PriceTable, Use, hourly
from headrace.runs.journal import Attempt, JobEntry, Journal
from headrace.services.protocol import FailureKind

SECONDS_PER_HOUR = 3600.0

WRITES_OF_A_JOB = 3
"""Plan, manifest and claim of a job, besides its results and logs."""

READS_OF_A_JOB = 2
"""Its plan, and its manifest."""


@dataclass(frozen=True)
class Controller:
    """The controller's machine: what it is, and how long it stood, seconds."""

    use: Use
    seconds: float


@dataclass(frozen=True)
class _Part:
    """What one job had of one attempt."""

    jobid: int
    attempt: Attempt
    times: Times
    amounts: Amounts


def run_cost(
    journal: Journal,
    table: PriceTable,
    region: str,
    now: datetime,
    *,
    over: bool = True,
    controller: Controller | None = None,
    estimate: Estimate | None = None,
) -> RunCost:
    """Return what the run of this journal has cost up to `now`, in the table's currency.

    `over` is whether no more jobs will come.
    """
    entries = {entry.jobid: entry for entry in journal.jobs}
    groups = vms.machines(journal.attempts, now)
    unpriced: set[str] = set()
    parts = [
        part
        for share in (share for group in groups for share in group)
        for part in _parts(share, entries, table, unpriced)
    ]
    jobs = _job_costs(parts, entries)
    spent = sum((job.amounts for job in jobs), Amounts())
    own = _controller(controller, table, unpriced)
    counted = _counted(journal.attempts)
    note = pricing.note(table, {a.machine_type for a in journal.attempts}, now.date())
    began = min((attempt.submitted for attempt in journal.attempts), default=None)
    return RunCost(
        run_id=journal.run_id,
        computed=now,
        began=began,
        ended=over and all(attempt.ended is not None for attempt in journal.attempts),
        prices=note,
        amounts=spent + own,
        times=sum((job.times for job in jobs), Times()),
        machines=len(groups),
        attempts=len(journal.attempts),
        retries=sum(how == "retry" for how in counted.values()),
        preemptions=sum(how == "preemption" for how in counted.values()),
        controller=own,
        rules=_by(jobs, lambda job: job.rule),
        samples=_by(jobs, lambda job: job.sample),
        machine_types=_by(jobs, lambda job: job.machine_type),
        jobs=tuple(jobs),
        unpriced=tuple(sorted(unpriced)),
        estimate=_check(estimate, spent.total),
        notes=(
            *pricing.sentences(table, note, region, now.date()),
            *_notes(journal.attempts, unpriced),
        ),
    )


def sample_of(wildcards: dict[str, str]) -> str:
    """Return what costs are counted by: the wildcard `sample`, or else the first one."""
    return wildcards.get("sample") or next(iter(wildcards.values()), "")


def use_of(attempt: Attempt) -> Use:
    """Return the machine of an attempt as its price goes."""
    return Use(
        machine_type=attempt.machine_type,
        spot=attempt.spot,
        gpu=attempt.gpu,
        boot_disk_gb=max(0, attempt.disk_gb - attempt.work_disk_gb),
        work_disk_gb=attempt.work_disk_gb,
        disk_type=attempt.disk_type,
        public_address=attempt.public_address,
    )


def _parts(
    share: Share, entries: dict[int, JobEntry], table: PriceTable, unpriced: set[str]
) -> list[_Part]:
    attempt = share.attempt
    price = _price(table, use_of(attempt), unpriced)
    weights = _weights(attempt)
    parts = []
    for jobid, weight in zip(attempt.jobids, weights, strict=True):
        hours = share.billed * weight / SECONDS_PER_HOUR
        requests = _requests(entries.get(jobid), table, len(attempt.jobids))
        amounts = Amounts(
            compute=price.compute * hours,
            disk=price.disk * hours,
            network=price.network * hours,
            operations=requests,
        )
        parts.append(_Part(jobid, attempt, _times(share, weight), amounts))
    return parts


def _price(table: PriceTable, use: Use, unpriced: set[str]) -> HourlyPrice:
    try:
        return hourly(table, use)
    except UnpricedError:
        unpriced.add(use.machine_type)
        return HourlyPrice(0.0, 0.0, 0.0)


def _weights(attempt: Attempt) -> list[float]:
    """Return the parts of an attempt that its jobs have: by their commands' time, where known."""
    count = len(attempt.jobids)
    walls = [step.wall_seconds or 0.0 for step in attempt.steps]
    if len(walls) == count and sum(walls) > 0:
        return [wall / sum(walls) for wall in walls]
    return [1 / count] * count


def _times(share: Share, weight: float) -> Times:
    return Times(
        queue=share.queue * weight,
        boot=share.boot * weight,
        pull=share.pull * weight,
        staging=share.staging * weight,
        tool=share.tool * weight,
        idle=share.idle * weight,
    )


def _requests(entry: JobEntry | None, table: PriceTable, sharing: int) -> float:
    """Return what a job's requests to Cloud Storage cost, counted from its files."""
    files_out = len(entry.outputs) + len(entry.logs) if entry is not None else 0
    files_in = len(entry.inputs) if entry is not None else 0
    writes = files_out + 1 + WRITES_OF_A_JOB / sharing  # one log of the step itself
    reads = files_in + READS_OF_A_JOB / sharing
    return writes * table.class_a.on_demand + reads * table.class_b.on_demand


def _job_costs(parts: Sequence[_Part], entries: dict[int, JobEntry]) -> list[JobCost]:
    by_job: dict[int, list[_Part]] = defaultdict(list)
    for part in parts:
        by_job[part.jobid].append(part)
    return [_job_cost(jobid, by_job[jobid], entries.get(jobid)) for jobid in sorted(by_job)]


def _job_cost(jobid: int, parts: Sequence[_Part], entry: JobEntry | None) -> JobCost:
    counted = _counted([part.attempt for part in parts])
    last = parts[-1].attempt
    return JobCost(
        jobid=jobid,
        rule=entry.rule if entry is not None else "",
        sample=sample_of(entry.wildcards) if entry is not None else "",
        machine_type=last.machine_type,
        spot=last.spot,
        attempts=len(parts),
        retries=sum(how == "retry" for how in counted.values()),
        preemptions=sum(how == "preemption" for how in counted.values()),
        times=sum((part.times for part in parts), Times()),
        amounts=sum((part.amounts for part in parts), Amounts()),
    )


def _counted(attempts: Iterable[Attempt]) -> dict[str, str]:
    """Say why each attempt was made, by external id; first attempts are left out."""
    last: dict[tuple[int, ...], Attempt] = {}
    why = {}
    for attempt in attempts:
        before = last.get(attempt.jobids)
        if before is not None:
            lost = before.failure == FailureKind.INFRASTRUCTURE.value
            why[attempt.external_id] = "preemption" if lost else "retry"
        last[attempt.jobids] = attempt
    return why


def _by(jobs: Sequence[JobCost], key: Callable[[JobCost], str]) -> tuple[PartCost, ...]:
    groups: dict[str, list[JobCost]] = defaultdict(list)
    for job in jobs:
        groups[key(job)].append(job)
    parts = [
        PartCost(
            name=name,
            jobs=len(group),
            attempts=sum(job.attempts for job in group),
            retries=sum(job.retries for job in group),
            preemptions=sum(job.preemptions for job in group),
            times=sum((job.times for job in group), Times()),
            amounts=sum((job.amounts for job in group), Amounts()),
        )
        for name, group in groups.items()
    ]
    return tuple(sorted(parts, key=lambda part: (-part.amounts.total, part.name)))


def _controller(own: Controller | None, table: PriceTable, unpriced: set[str]) -> Amounts:
    if own is None:
        return Amounts()
    price = _price(table, own.use, unpriced)
    hours = max(MINIMUM_SECONDS, own.seconds) / SECONDS_PER_HOUR
    return Amounts(
        compute=price.compute * hours, disk=price.disk * hours, network=price.network * hours
    )


def _check(estimate: Estimate | None, actual: float) -> EstimateCheck | None:
    if estimate is None:
        return None
    expected = estimate.jobs_cost
    error = (actual - expected.likely) / actual if actual > 0 else 0.0
    return EstimateCheck(expected=expected, actual=actual, error=error)


def _notes(attempts: Sequence[Attempt], unpriced: set[str]) -> list[str]:
    notes = []
    if unpriced:
        names = ", ".join(sorted(unpriced))
        notes.append(f"There is no price of {names}: what ran there counts as nothing here.")
    jumped = sum(vms.has_jumped(attempt) for attempt in attempts)
    if jumped:
        notes.append(
            f"The moments of {jumped} attempts run backwards, as a clock that was set leaves "
            "them: such spans count as nothing."
        )
    waited = sum(attempt.waited for attempt in attempts)
    if waited:
        notes.append(
            f"{waited} attempts waited for quota or room: when their machines were ordered is "
            "estimated."
        )
    return notes

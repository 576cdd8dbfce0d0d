"""What a run will take and cost, before it starts: pure.

Each job is predicted from this installation's own former jobs, or else from its declared limits;
the machine is the one that the executor would choose; the makespan is simulated under the quota.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from headrace.errors import UnpricedError
from headrace.money import pricing
from headrace.money.billing import sample_of
from headrace.money.records import Band, Basis, Estimate, EstimatedJob, EstimatedPart
from headrace.planning import bands, history
from headrace.planning.assumptions import NONE, PUBLISHED
from headrace.planning.graph import PlannedJob, PlannedWorkflow
from headrace.planning.history import Observation, RunHistory
from headrace.planning.prediction import Prediction, declare, predict
from headrace.planning.prices import MINIMUM_SECONDS
from headrace.planning.pricetable import PriceTable, Use, hourly
from headrace.planning.simulation import (
    ALONE,
    Grouping,
    Quota,
    Simulation,
    needed_outside,
    simulate,
    unit_graph,
    units,
)
from headrace.planning.units import (
    BYTES_PER_MB,
    Figures,
    Unit,
    expected_seconds,
    transfers,
)
from headrace.planning.vms import Vm, waves

SECONDS_PER_HOUR = 3600.0

STAGING_SECONDS = 3600.0
"""What a job's time limit has besides those of its commands (`docs/executor.md`)."""

MOST_SPOT_ATTEMPTS = 3
"""After so many losses a job gets a machine on demand (`--lifesciences-max-spot-attempts`)."""

CONTAINERS_BESIDES = 2
"""Staging in, and staging out."""


UNLIMITED = Quota()


@dataclass(frozen=True)
class Setting:
    """What an estimate is made with.

    Attributes:
        table: the prices.
        region: where the jobs will run.
        runs: former runs, the latest first.
        quota: what may be there at once.
        controller: the controller's machine; None for a run by hand.
        controller_hours: how long it may stand at most.
        grouping: which jobs share a machine besides those that the workflow groups.
    """

    table: PriceTable
    region: str
    runs: Sequence[RunHistory] = ()
    quota: Quota = UNLIMITED
    controller: Use | None = None
    controller_hours: float = 0.0
    grouping: Grouping = ALONE


@dataclass(frozen=True)
class _Work:
    """A unit with the predictions of its jobs and its price in an hour; None if it has none."""

    unit: Unit
    predictions: tuple[Prediction, ...]
    bytes_in: int
    hourly: float | None
    boot: float

    @property
    def seconds(self) -> Band:
        """Seconds of the machine, boot included."""
        return bands.shifted(bands.together([one.worked for one in self.predictions]), self.boot)


def estimate(run_id: str, workflow: PlannedWorkflow, setting: Setting, now: datetime) -> Estimate:
    """Return the estimate of a run.

    Raises:
        JobRefusedError: no machine is large enough for a job.
        InputError: the quota is too small for one.
    """
    works = _works(workflow, setting)
    jobs = [job for work in works for job in _jobs(work, setting)]
    runs = [_simulated(workflow, works, setting, pick) for pick in _PICKS]
    makespan = Band(low=runs[0].makespan, likely=runs[1].makespan, high=runs[2].makespan)
    jobs_cost = bands.add([(job.cost, job.basis) for job in jobs])
    own = _controller(setting, makespan)
    note = pricing.note(setting.table, {job.machine_type for job in jobs}, now.date())
    path = runs[1].critical_path
    seconds = {job.jobid: job.seconds.likely for job in jobs}
    return Estimate(
        run_id=run_id,
        created=now,
        prices=note,
        cost=bands.together([jobs_cost, own]),
        jobs_cost=jobs_cost,
        worst=sum(job.worst for job in jobs) + _controller_rate(setting) * setting.controller_hours,
        makespan=makespan,
        critical_path=path,
        critical_seconds=sum(seconds[jobid] for jobid in path),
        quota_cpus=setting.quota.cpus,
        controller=own,
        rules=_by(jobs, lambda job: job.rule),
        samples=_by(jobs, lambda job: job.sample),
        jobs=tuple(sorted(jobs, key=lambda job: job.jobid)),
        unpriced=tuple(sorted({_type(work) for work in works if work.unit.vm and not work.hourly})),
        notes=(
            *pricing.sentences(setting.table, note, setting.region, now.date()),
            *_notes(workflow, jobs, setting.runs),
        ),
    )


_PICKS: tuple[Callable[[Band], float], ...] = (
    lambda band: band.low,
    lambda band: band.likely,
    lambda band: band.high,
)


def _works(workflow: PlannedWorkflow, setting: Setting) -> list[_Work]:
    """Predict unit after unit, in order, so that each knows how much the earlier ones leave."""
    found = units(workflow, setting.grouping)
    needed = needed_outside(found)
    told = _by_rule(setting.runs)
    boot = history.usual_boot(setting.runs)
    sizes: dict[str, int] = {}
    works: dict[int, _Work] = {}
    for number in _order(found):
        unit = found[number]
        figures = Figures({}, PUBLISHED, sizes)
        bytes_in, _ = transfers(unit, figures, needed[number])
        predictions = tuple(_predict(job, unit, bytes_in, told) for job in unit.jobs)
        price = None if unit.vm is None else _price(setting.table, unit.vm)
        works[number] = _Work(unit, predictions, bytes_in, price, boot if unit.vm else 0.0)
        _note_sizes(unit, predictions, bytes_in, sizes)
    return [works[number] for number in range(len(found))]


def _order(found: Sequence[Unit]) -> list[int]:
    import networkx as nx  # noqa: PLC0415 - heavy, and of use only here

    return list(nx.topological_sort(unit_graph(found)))


def _predict(
    job: PlannedJob, unit: Unit, bytes_in: int, told: Mapping[str, Sequence[Observation]]
) -> Prediction:
    observations = told.get(job.rule, ())
    if unit.vm is None:
        return Prediction(Basis.DECLARED, bands.NOTHING, bands.NOTHING)
    if observations:
        return predict(observations, bytes_in, job.threads)
    return declare(60.0 * job.runtime_minutes, _overhead(unit, bytes_in) / len(unit.jobs))


def _overhead(unit: Unit, bytes_in: int) -> float:
    """Return what a machine takes besides boot and commands, by published figures."""
    containers = len(unit.jobs) + CONTAINERS_BESIDES
    rate = PUBLISHED.mb_per_second_per_cpu * (unit.vm.type.cpus if unit.vm else 1)
    transfer = bytes_in / BYTES_PER_MB / min(rate, PUBLISHED.mb_per_second)
    pulls = PUBLISHED.pull_seconds * len(unit.images)
    return pulls + PUBLISHED.step_seconds * containers + transfer


def _note_sizes(
    unit: Unit, predictions: Sequence[Prediction], bytes_in: int, sizes: dict[str, int]
) -> None:
    """Say how large a unit's results will be: by history, or else as large as its inputs."""
    paths = [file.path for job in unit.jobs for file in job.outputs]
    if not paths:
        return
    known = [one.bytes_out for one in predictions if one.bytes_out is not None]
    whole = max(known) if known else float(bytes_in)
    for path in paths:
        sizes[path] = int(whole / len(paths))


def _jobs(work: _Work, setting: Setting) -> list[EstimatedJob]:
    """Return the jobs of a unit; what its machine costs is divided by the time they work."""
    whole = work.seconds
    worked = sum(one.worked.likely for one in work.predictions)
    found = []
    for job, told in zip(work.unit.jobs, work.predictions, strict=True):
        part = told.worked.likely / worked if worked > 0 else 1 / len(work.predictions)
        vm = work.unit.vm
        found.append(
            EstimatedJob(
                jobid=job.jobid,
                rule=job.rule,
                sample=sample_of(dict(job.wildcards)),
                machine_type=vm.type.name if vm is not None else "",
                spot=vm.spot if vm is not None else False,
                basis=told.basis,
                former=told.former,
                tool_seconds=told.tool,
                seconds=bands.shifted(told.worked, work.boot * part),
                cost=_cost(work, whole, setting.runs, part),
                worst=_worst(work, setting.table) * part,
                memory_mb=told.memory_mb,
                bytes_in=work.bytes_in,
            )
        )
    return found


def _cost(work: _Work, whole: Band, runs: Sequence[RunHistory], part: float) -> Band:
    rate = (work.hourly or 0.0) * part / SECONDS_PER_HOUR
    assumed = replace(PUBLISHED, preemptions_per_hour=history.losses_per_hour(runs))

    def paid(seconds: float) -> float:
        return rate * max(MINIMUM_SECONDS, expected_seconds(seconds, work.unit, assumed))

    return Band(low=paid(whole.low), likely=paid(whole.likely), high=paid(whole.high))


def _worst(work: _Work, table: PriceTable) -> float:
    """Return the most a unit can cost: all attempts it has, each up to its time limit.

    A spot machine may be lost a few times before it is replaced by one on demand, each time after
    the whole limit.
    """
    vm = work.unit.vm
    if vm is None or work.hourly is None:
        return 0.0
    limit = sum(max(job.runtime_minutes for job in wave) for wave in waves(work.unit.jobs)) * 60.0
    hours = (limit + STAGING_SECONDS + work.boot) / SECONDS_PER_HOUR
    attempts = 1 + max(job.retries for job in work.unit.jobs)
    rate = work.hourly
    if vm.spot:
        rate = MOST_SPOT_ATTEMPTS * rate + (_price(table, replace(vm, spot=False)) or 0.0)
    return attempts * hours * rate


def _price(table: PriceTable, vm: Vm) -> float | None:
    gpu = f"{vm.type.gpu_type}:{vm.type.gpus}" if vm.type.gpus and vm.type.gpu_type else ""
    use = Use(
        machine_type=vm.type.name,
        spot=vm.spot,
        gpu=gpu,
        boot_disk_gb=vm.boot_disk_gb,
        work_disk_gb=vm.disk_gb,
        disk_type=vm.disk_type.value,
        public_address=vm.external_address,
    )
    try:
        return hourly(table, use).total
    except UnpricedError:
        return None


def _type(work: _Work) -> str:
    return work.unit.vm.type.name if work.unit.vm is not None else ""


def _simulated(
    workflow: PlannedWorkflow,
    works: Sequence[_Work],
    setting: Setting,
    pick: Callable[[Band], float],
) -> Simulation:
    """Simulate with each job's whole time on its machine as if it were its command's."""
    seconds = {
        job.jobid: pick(told.worked)
        for work in works
        for job, told in zip(work.unit.jobs, work.predictions, strict=True)
    }
    assumed = replace(
        NONE,
        boot_seconds=history.usual_boot(setting.runs),
        queue_seconds=history.usual_queue(setting.runs),
        notice_seconds=PUBLISHED.notice_seconds,
    )
    quota = setting.quota
    if workflow.at_once is not None and quota.vms is None:
        quota = replace(quota, vms=workflow.at_once)
    return simulate(workflow, seconds, setting.grouping, assumptions=assumed, quota=quota)


def _controller(setting: Setting, makespan: Band) -> Band:
    rate = _controller_rate(setting) / SECONDS_PER_HOUR
    seconds = bands.shifted(makespan, history.usual_boot(setting.runs))
    return Band(low=rate * seconds.low, likely=rate * seconds.likely, high=rate * seconds.high)


def _controller_rate(setting: Setting) -> float:
    """Return what the controller costs in an hour, nothing for a run by hand."""
    if setting.controller is None:
        return 0.0
    try:
        return hourly(setting.table, setting.controller).total
    except UnpricedError:
        return 0.0


def _by_rule(runs: Sequence[RunHistory]) -> dict[str, list[Observation]]:
    told: dict[str, list[Observation]] = defaultdict(list)
    for run in runs:
        for one in run.observations:
            told[one.rule].append(one)
    return told


def _by(
    jobs: Sequence[EstimatedJob], key: Callable[[EstimatedJob], str]
) -> tuple[EstimatedPart, ...]:
    groups: dict[str, list[EstimatedJob]] = defaultdict(list)
    for job in jobs:
        groups[key(job)].append(job)
    parts = [
        EstimatedPart(
            name=name,
            jobs=len(group),
            seconds=bands.add([(job.seconds, job.basis) for job in group]),
            cost=bands.add([(job.cost, job.basis) for job in group]),
            worst=sum(job.worst for job in group),
        )
        for name, group in groups.items()
    ]
    return tuple(sorted(parts, key=lambda part: (-part.cost.likely, part.name)))


def _notes(
    workflow: PlannedWorkflow, jobs: Sequence[EstimatedJob], runs: Sequence[RunHistory]
) -> list[str]:
    notes = []
    guessed = sorted({job.rule for job in jobs if job.machine_type and not job.former})
    if guessed:
        notes.append(
            f"There is no history of {', '.join(guessed)}: parts of their time limits stand for "
            "it, which says little."
        )
    unknown = sorted({job.rule for job in workflow.jobs if job.unknown})
    if unknown:
        notes.append(
            f"Checkpoints may change {', '.join(unknown)}: jobs that they add are not in this."
        )
    error = history.error_of_estimates(runs)
    if error is not None:
        notes.append(f"The last {error[1]} estimates were off by {error[0]:.0%}, at the median.")
    return notes

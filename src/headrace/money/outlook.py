"""Estimates of an installation: its own prices, its own history, its own controllers."""

from dataclasses import replace
from datetime import datetime

from headrace.money import accounts, memory
from headrace.money.records import ESTIMATE_FILE, Band, Basis, Estimate
from headrace.planning import estimating
from headrace.planning.estimating import Setting
from headrace.planning.graph import PlannedWorkflow
from headrace.planning.simulation import Quota
from headrace.records import encode_json
from headrace.runs import controllers
from headrace.runs.records import RunRequest, run_folder
from headrace.runs.store import Store
from headrace.settings import Settings

NO_LIMIT = Quota()
_MINUTE = 60.0
_HOUR = 3600.0
_DEAREST = 3


def of_workflow(
    store: Store,
    settings: Settings,
    workflow: PlannedWorkflow,
    now: datetime,
    *,
    request: RunRequest | None = None,
    quota: Quota = NO_LIMIT,
) -> Estimate:
    """Return the estimate of a run of this installation; without a request it is one by hand.

    Raises:
        JobRefusedError, InputError: a job fits no machine, or the quota.
        StorageError, RecordError: prices or history cannot be read.
    """
    setting = Setting(
        table=accounts.prices(store, settings),
        region=settings.region,
        runs=memory.recall(store, settings.results),
        quota=quota,
    )
    if request is not None:
        job = controllers.controller_job(settings, request)
        setting = replace(
            setting,
            controller=accounts.controller_use(job.machine),
            controller_hours=job.timeout_seconds / _HOUR,
        )
    run_id = request.run_id if request is not None else settings.run
    return estimating.estimate(run_id, workflow, setting, now)


def write(store: Store, results: str, made: Estimate) -> None:
    """Write `estimate.json` of a run."""
    store.write(run_folder(results, made.run_id) / ESTIMATE_FILE, encode_json(made))


def brief(made: Estimate) -> tuple[str, str]:
    """Return an estimate in two lines."""
    jobs = [job for job in made.jobs if job.machine_type]
    former = sum(job.basis is Basis.HISTORY for job in jobs)
    dearest = ", ".join(f"{part.name} {part.cost.likely:.4f}" for part in made.rules[:_DEAREST])
    currency = made.prices.currency
    most = f"at most {made.worst:.2f} {currency}"
    known = f"{len(jobs)} jobs on machines, {former} of them predicted from former runs"
    named = f"; dearest: {dearest}" if dearest else ""
    return (
        f"Estimate: {money(made.cost, currency)}, {most}; {span(made.makespan)}.",
        f"  {known}{named}. 'headrace estimate' tells more.",
    )


def money(band: Band, currency: str) -> str:
    """Return a band of money: `0.42 USD (0.31 to 0.60)`."""
    digits = 2 if band.likely >= 1 else 4
    low, likely, high = (f"{part:.{digits}f}" for part in (band.low, band.likely, band.high))
    return f"{likely} {currency} ({low} to {high})"


def span(band: Band) -> str:
    """Return a band of time, given in seconds: `34 min (28 to 47)`."""
    unit, name = (_HOUR, "h") if band.likely >= 2 * _HOUR else (_MINUTE, "min")
    low, likely, high = (f"{part / unit:.1f}" for part in (band.low, band.likely, band.high))
    return f"{likely} {name} ({low} to {high})"

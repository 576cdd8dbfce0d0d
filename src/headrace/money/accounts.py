"""Costs of runs in the results bucket: read, computed where there is none yet, and written."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

from headrace.errors import InputError, ObjectMissingError
from headrace.gcs import ObjectUri
from headrace.money import pricing
from headrace.money.billing import Controller, run_cost
from headrace.money.records import COST_FILE, ESTIMATE_FILE, Estimate, RunCost
from headrace.pipeline import Machine
from headrace.planning.pricetable import PriceTable, Use
from headrace.records import decode_json, encode_json
from headrace.runs import controllers, ends, journal
from headrace.runs.journal import JOBS_FILE, Journal
from headrace.runs.records import RUN_FILE, RunRequest, run_folder
from headrace.runs.status import STATUS_FILE, RunState, RunStatus
from headrace.runs.store import Store
from headrace.settings import Settings

Document = TypeVar("Document")

_READERS = 8


def of_run(store: Store, settings: Settings, run_id: str, now: datetime) -> RunCost:
    """Return what a run has cost: as it was written at its end, or computed from its journal.

    Raises:
        InputError: there is no such run, or it has told of no job yet.
        StorageError, RecordError: it cannot be read.
    """
    written = read(store, settings.results, run_id)
    return written or compute(store, settings, run_id, now, prices(store, settings))


def of_all(store: Store, settings: Settings, now: datetime) -> list[RunCost]:
    """Return the costs of all runs that have told of jobs, the latest first."""
    table = prices(store, settings)

    def one(run_id: str) -> RunCost | None:
        written = read(store, settings.results, run_id)
        try:
            return written or compute(store, settings, run_id, now, table)
        except InputError:  # a run that has not told of anything has cost nothing yet
            return None

    run_ids = store.list_folders(ObjectUri(settings.results, "runs"))
    with ThreadPoolExecutor(_READERS) as pool:
        costs = [cost for cost in pool.map(one, run_ids) if cost is not None]
    return sorted(costs, key=lambda cost: cost.began or cost.computed, reverse=True)


def prices(store: Store, settings: Settings) -> PriceTable:
    """Return the installation's prices."""
    return pricing.load(store, settings.results)


def read(store: Store, results: str, run_id: str) -> RunCost | None:
    """Return what was written at a run's end, None if nothing was."""
    return _read(store, run_folder(results, run_id) / COST_FILE, RunCost)


def read_estimate(store: Store, results: str, run_id: str) -> Estimate | None:
    """Return a run's estimate, None if it has none."""
    return _read(store, run_folder(results, run_id) / ESTIMATE_FILE, Estimate)


def write(store: Store, results: str, cost: RunCost) -> None:
    """Write `cost.json` of a run."""
    store.write(run_folder(results, cost.run_id) / COST_FILE, encode_json(cost))


def read_journal(store: Store, results: str, run_id: str) -> Journal:
    """Return the journal of a run; raises `InputError` if it has none."""
    uri = run_folder(results, run_id) / JOBS_FILE
    try:
        return journal.read(store.read(uri), str(uri))
    except ObjectMissingError as error:
        raise InputError(
            f"Run '{run_id}' has told of no job yet, or there is none; see 'headrace runs list'."
        ) from error


def compute(
    store: Store, settings: Settings, run_id: str, now: datetime, table: PriceTable
) -> RunCost:
    """Return what a run has cost up to `now`, from its journal; see `of_run` for errors."""
    controller = _controller(store, settings, run_id, now)
    try:
        told = read_journal(store, settings.results, run_id)
    except InputError:
        if controller is None:
            raise
        told = Journal(run_id=run_id, updated=now)  # it was refused, or has just begun
    return run_cost(
        told,
        table,
        settings.region,
        now,
        over=_is_over(store, run_folder(settings.results, run_id)),
        controller=controller,
        estimate=read_estimate(store, settings.results, run_id),
    )


def controller_use(machine: Machine) -> Use:
    """Return a controller's machine as its price goes."""
    return Use(
        machine_type=machine.machine_type,
        spot=machine.spot,
        boot_disk_gb=machine.boot_disk_gb,
        work_disk_gb=machine.disk_gb,
        disk_type=machine.disk_type.value,
        public_address=machine.network is None or not machine.network.private_address,
    )


def by_month(costs: Sequence[RunCost]) -> dict[str, list[RunCost]]:
    """Return costs by the month, UTC, in which the runs began; the latest month first."""
    months: dict[str, list[RunCost]] = {}
    for cost in sorted(costs, key=lambda cost: cost.began or cost.computed, reverse=True):
        months.setdefault(f"{cost.began or cost.computed:%Y-%m}", []).append(cost)
    return months


def _is_over(store: Store, folder: ObjectUri) -> bool:
    """Tell whether a run has ended; one by hand whose head was killed never says so."""
    if ends.read(store, folder) is not None:
        return True
    status = _read(store, folder / STATUS_FILE, RunStatus)
    return status is not None and status.state is not RunState.RUNNING


def _controller(store: Store, settings: Settings, run_id: str, now: datetime) -> Controller | None:
    """Return the controller's machine and time, from the request to the end; None by hand.

    Its boot is in it, and so is the moment that the request waited for a machine. One that never
    told of its end stood for its time limit at most.
    """
    folder = run_folder(settings.results, run_id)
    request = _read(store, folder / RUN_FILE, RunRequest)
    if request is None:
        return None
    end = ends.read(store, folder)
    until = end.ended if end is not None else now
    job = controllers.controller_job(settings, request)
    seconds = max(0.0, (until - request.created).total_seconds())
    return Controller(controller_use(job.machine), min(seconds, job.timeout_seconds))


def _read(store: Store, uri: ObjectUri, kind: type[Document]) -> Document | None:
    try:
        return decode_json(store.read(uri), kind, str(uri))
    except ObjectMissingError:
        return None

"""Runs are closed: what they have cost is written, and what was set aside is given back.

What a controller did not close itself, the next one that would be refused closes, and so does
`headrace sweep`. The function does not: it carries no prices.
"""

from datetime import datetime

from headrace.errors import InputError
from headrace.money import accounts, admission, ledger, memory
from headrace.runs import ends
from headrace.runs.records import run_folder
from headrace.runs.store import Store
from headrace.settings import Settings


def settle_left(store: Store, settings: Settings, now: datetime) -> list[str]:
    """Settle runs that have ended without doing so, or whose time is over; returns their ids.

    Raises:
        StorageError: the ledger cannot be reached.
    """
    state = admission.read(store, settings.results)
    over = {one.run_id for one in ledger.expired(state, now)}
    settled = []
    for one in state.open:
        folder = run_folder(settings.results, one.run_id)
        if one.run_id in over or ends.read(store, folder) is not None:
            amount = _cost_of_left(store, settings, one.run_id, now)
            admission.settle(store, settings.results, one.run_id, amount, now)
            settled.append(one.run_id)
    return settled


def close(store: Store, settings: Settings, run_id: str, now: datetime) -> float:
    """Write a run's cost and what it tells of its rules; returns the cost.

    Raises:
        InputError: it never told of anything.
        StorageError, RecordError: it cannot be read or written.
    """
    table = accounts.prices(store, settings)
    cost = accounts.compute(store, settings, run_id, now, table)
    accounts.write(store, settings.results, cost)
    if cost.began is not None:
        told = accounts.read_journal(store, settings.results, run_id)
        memory.keep(store, settings.results, told, cost)
    return cost.amounts.total


def _cost_of_left(store: Store, settings: Settings, run_id: str, now: datetime) -> float:
    """Return what a run has cost that nobody closed; nothing if it never told of anything."""
    written = accounts.read(store, settings.results, run_id)
    if written is not None:
        return written.amounts.total
    try:
        return close(store, settings, run_id, now)
    except InputError:
        return 0.0

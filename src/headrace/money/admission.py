"""Runs are let in as long as their caps hold: the ledger's states as objects in the bucket.

    gs://RESULTS/control/ledger/<99999999 - number>.json      the latest first by name

A state is created with `ifGenerationMatch=0` and never written again, so that no object is hot
(Cloud Storage takes one write a second of the same object) and no change is lost: who finds the
next number taken reads it and decides anew. Jobs cannot write here (`infra/modules/accounts`).
"""

import random
import time
from collections.abc import Callable
from datetime import datetime

from headrace.errors import ObjectMissingError, StorageError
from headrace.gcs import ObjectUri
from headrace.guard.pause import CONTROL_FOLDER
from headrace.money import ledger
from headrace.money.ledger import Caps, Reservation, State
from headrace.records import decode_json, encode_json
from headrace.runs.store import Store

LEDGER_FOLDER = f"{CONTROL_FOLDER}/ledger"

MOST_TRIES = 2000
"""States that others may put before ours until we give up: a fault, not a crowd."""

LONGEST_PAUSE = 0.2
"""Seconds; a chance pause after a number was taken lets others through."""

_END_OF_NUMBERS = 99_999_999


def read(store: Store, results: str) -> State:
    """Return the latest state; raises `StorageError` or `RecordError`."""
    folder = ObjectUri(results, f"{LEDGER_FOLDER}/")
    latest = next(iter(store.list_objects(folder)), None)
    return (
        State() if latest is None else decode_json(store.read(latest.uri), State, str(latest.uri))
    )


def reserve(store: Store, results: str, wanted: Reservation, caps: Caps, currency: str) -> State:
    """Set aside what a run can cost at most, or refuse it; returns the state with it.

    Raises:
        CapExceededError: a cap would be exceeded.
        StorageError: the ledger cannot be reached; then nothing may be started.
    """
    made = _change(store, results, lambda state: ledger.reserve(state, wanted, caps, currency))
    if made is None:
        raise StorageError("The ledger holds nothing of what was to be set aside.")
    return made


def settle(store: Store, results: str, run_id: str, amount: float, now: datetime) -> State | None:
    """Put what a run has cost in the place of what was set aside; None if nothing changed.

    Raises:
        StorageError: the ledger cannot be reached; the sweep settles the run later.
    """
    return _change(store, results, lambda state: ledger.settle(state, run_id, amount, now))


def _change(store: Store, results: str, change: Callable[[State], State | None]) -> State | None:
    """Make one change upon the latest state, whatever others change meanwhile."""
    state = read(store, results)
    for _ in range(MOST_TRIES):
        made = change(state)
        if made is None or store.create(_uri(results, made.number), encode_json(made)):
            return made
        time.sleep(random.uniform(0, LONGEST_PAUSE))  # noqa: S311 - chance, not secrecy
        state = _latest_from(store, results, made.number)
    raise StorageError(f"The ledger in gs://{results}/{LEDGER_FOLDER} changed {MOST_TRIES} times.")


def _latest_from(store: Store, results: str, number: int) -> State:
    """Return the latest state, walking on from one that is known to be there."""
    uri = _uri(results, number)
    state = decode_json(store.read(uri), State, str(uri))
    while True:
        uri = _uri(results, state.number + 1)
        try:
            state = decode_json(store.read(uri), State, str(uri))
        except ObjectMissingError:
            return state


def _uri(results: str, number: int) -> ObjectUri:
    return ObjectUri(results, f"{LEDGER_FOLDER}/{_END_OF_NUMBERS - number:08d}.json")

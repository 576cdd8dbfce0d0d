"""The history of an installation: one small object for each run, the latest first by name.

    gs://RESULTS/history/<9999999999 - seconds of the epoch>-<run id>.json

Nobody writes into another's object, so that runs which end at once cannot lose anything; whoever
estimates lists the first few names and reads these, however many there are.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from headrace.errors import ObjectMissingError, RecordError
from headrace.gcs import ObjectUri
from headrace.money.records import RunCost
from headrace.planning import history
from headrace.planning.history import RunHistory
from headrace.records import decode_json, encode_json
from headrace.runs.journal import Journal
from headrace.runs.store import Store

HISTORY_FOLDER = "history"
MOST_RUNS = 30
"""Runs that an estimate looks at: the latest."""

_READERS = 8
_END_OF_NUMBERS = 9_999_999_999


def keep(store: Store, results: str, journal: Journal, cost: RunCost) -> None:
    """Write what a run tells of its rules, over what it told before."""
    told = history.of_run(journal, cost)
    if told is not None:
        store.write(_uri(results, told), encode_json(told))


def recall(store: Store, results: str, most: int = MOST_RUNS) -> list[RunHistory]:
    """Return what the latest runs tell, the latest first; documents that do not fit are left out.

    Raises:
        StorageError: they cannot be read.
    """
    listing = store.list_objects(ObjectUri(results, f"{HISTORY_FOLDER}/"))
    uris = [stored.uri for stored in islice(listing, most)]
    with ThreadPoolExecutor(_READERS) as pool:
        return [told for told in pool.map(lambda uri: _read(store, uri), uris) if told is not None]


def _read(store: Store, uri: ObjectUri) -> RunHistory | None:
    """Read one; that of a later version, or one that has just expired, is no reason to stop."""
    try:
        return decode_json(store.read(uri), RunHistory, str(uri))
    except (ObjectMissingError, RecordError):
        return None


def _uri(results: str, told: RunHistory) -> ObjectUri:
    number = max(0, _END_OF_NUMBERS - int(told.began.timestamp()))
    return ObjectUri(results, f"{HISTORY_FOLDER}/{number:010d}-{told.run_id}.json")

"""The page of all runs, `gs://RESULTS/runs/index.html`: made from the bucket, bounded in work.

Beside it stands `index.json`, what is on it. Runs that have ended do not change any more, so only
those that are not in it, or that went on when it was written, are read again: a renewal costs what
is new. Without it, or when asked to, all runs are read. Of two renewals at once the later writer
wins; a run that its page then lacks is not in its `index.json` either, so the next one adds it.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from headrace.errors import InputError, ObjectMissingError, RecordError
from headrace.gcs import ObjectUri
from headrace.page import index
from headrace.records import decode_json, encode_json
from headrace.runs import listing
from headrace.runs.listing import Run, State
from headrace.runs.records import PAGE_FILE
from headrace.runs.scene import End, Scene
from headrace.runs.selection import RunSummary, summary
from headrace.runs.store import HTML, Store

INDEX_FILE = "index.json"

MAX_RUNS = 2000
"""Most runs on the page, the latest ones."""

_SETTLED = {State.SUCCEEDED, State.FAILED, State.CANCELLED}
_READERS = 8


def renew(store: Store, results: str, now: datetime, *, fresh: bool = False) -> int:
    """Write the page of all runs; return how many are on it.

    Args:
        store: the buckets.
        results: the bucket with the runs.
        now: what time it is.
        fresh: read all runs again.

    Raises:
        StorageError: the store cannot be reached.
    """
    folder = ObjectUri(results, "runs")
    known = {} if fresh else _known(store, folder / INDEX_FILE)
    run_ids = store.list_folders(folder)
    settled = [known[name] for name in run_ids if name in known and known[name].state in _SETTLED]
    old = {run.run_id for run in settled}
    new = _read(store, results, [name for name in run_ids if name not in old])
    runs = sorted([*settled, *new], key=lambda run: (run.began, run.run_id), reverse=True)
    shown = runs[:MAX_RUNS]
    store.write(folder / INDEX_FILE, encode_json(shown))
    store.write(folder / PAGE_FILE, index.page(shown, folder, now, total=len(runs)), HTML)
    return len(runs)


def after_end(scene: Scene, _end: End) -> None:
    """Renew the page of all runs; see `headrace.runs.hooks`."""
    renew(scene.store, scene.folder.bucket, scene.clock())


def _known(store: Store, uri: ObjectUri) -> dict[str, RunSummary]:
    """Return what was written last; nothing if it cannot be used, so that all is read again."""
    try:
        runs = decode_json(store.read(uri), list[RunSummary], str(uri))
    except (ObjectMissingError, RecordError):
        return {}
    return {run.run_id: run for run in runs}


def _read(store: Store, results: str, run_ids: Sequence[str]) -> list[RunSummary]:
    """Read runs; one with a damaged document is told of as that."""

    def read(run_id: str) -> RunSummary:
        try:
            return summary(listing.read_run(store, results, run_id))
        except InputError as error:
            return summary(Run(run_id, None, None, None, None, problem=str(error)))

    with ThreadPoolExecutor(_READERS) as pool:
        return list(pool.map(read, run_ids))

"""A run again, under a new id: its request, and the results it begins with."""

import hashlib
import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import msgspec

from headrace.errors import InputError
from headrace.gcs import ObjectUri
from headrace.records import encode_json
from headrace.runs.listing import Run, State
from headrace.runs.records import RunRequest, run_folder
from headrace.runs.scene import Scene
from headrace.runs.store import Store, StoredObject
from headrace.settings import Settings

LOG = logging.getLogger(__name__)

KEPT_FILE = "kept.json"
"""In the new run's folder: the results of the former run are all there."""

_OURS = re.compile(
    r"(run|start-\d)\.json(\.claim-\d+)?|submitted(-\d)?\.json"
    r"|(status|jobs|estimate|cost|outputs|error|kept|workflow)\.json"
    r"|index\.html|ro-crate-[a-z-]+\.(json|html)"
    r"|logs/controller(-\d+)?\.log"
)
"""Names in a run's folder of what tells of the run itself and is no result of it."""

_TAIL_DIGITS = 12
_COPIERS = 16


def request(
    run: Run, settings: Settings, now: datetime, *, fresh: bool, cap: float | None = None
) -> RunRequest:
    """Return the request for a run again, by the controller image that is deployed now.

    Its id is the same for the same run, so two people who ask at once get one. A `fresh` one begins
    with nothing; otherwise it begins with what the run has finished. `cap` replaces the former cap.

    Raises:
        InputError: it cannot be run again; the message says what to do instead.
    """
    former = run.request
    if former is None:
        raise InputError(
            f"Run '{run.run_id}' was started by hand: run the same command again, and it goes on."
        )
    if not run.state.ended:
        raise InputError(
            f"Run '{run.run_id}' is {run.state.value}: let it end, or end it with "
            f"'headrace runs cancel {run.run_id}'."
        )
    if run.state is State.SUCCEEDED and not fresh:
        raise InputError(
            f"Run '{run.run_id}' succeeded, so there is nothing left to do: "
            "with --fresh all of it is done again."
        )
    return msgspec.structs.replace(
        former,
        run_id=_run_id(former, fresh=fresh),
        created=now,
        image=settings.controller_image,
        cap=former.cap if cap is None else cap,
        predecessor=run.run_id,
        continues=None if fresh else run.run_id,
    )


def _run_id(former: RunRequest, *, fresh: bool) -> str:
    """Return an id that begins like the former: ids of the runs of one set do."""
    text = f"{former.run_id}\n{'fresh' if fresh else 'rerun'}"
    tail = hashlib.sha256(text.encode()).hexdigest()[:_TAIL_DIGITS]
    return former.run_id[:-_TAIL_DIGITS] + tail


def bring_results(scene: Scene) -> list[str]:
    """Copy what the former run has finished into this one's folder, unless that was done.

    The service copies, so no byte comes here. Each copy keeps the time of its content, by which
    Snakemake sees that it is no older than what it was made from.
    """
    former = scene.request.continues
    if former is None:
        return []
    source, target = run_folder(scene.folder.bucket, former), scene.folder
    done = {stored.uri.name for stored in scene.store.list_objects(target / "")}
    if f"{target.name}/{KEPT_FILE}" in done:
        return []
    wanted = [
        (result, _moved(result.uri, source, target))
        for result in results(scene.store, source)
        if _moved(result.uri, source, target).name not in done
    ]
    with ThreadPoolExecutor(_COPIERS) as pool:
        list(pool.map(lambda pair: scene.store.copy(*pair), wanted))
    scene.store.create(target / KEPT_FILE, encode_json({"of": former, "objects": len(wanted)}))
    LOG.info("The run begins with %d files of run %s.", len(wanted), former)
    return []


def results(store: Store, folder: ObjectUri) -> Iterator[StoredObject]:
    """Yield what a run has made: all in its folder that does not tell of the run itself."""
    for stored in store.list_objects(folder / ""):
        if not _OURS.fullmatch(stored.uri.name.removeprefix(f"{folder.name}/")):
            yield stored


def _moved(uri: ObjectUri, source: ObjectUri, target: ObjectUri) -> ObjectUri:
    return ObjectUri(target.bucket, target.name + uri.name.removeprefix(source.name))

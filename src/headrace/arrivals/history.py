"""Earlier runs of the same set: their ids begin alike, so that one listing finds them all."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from headrace.arrivals import requests
from headrace.arrivals.decisions import Ready
from headrace.errors import ObjectMissingError, RecordError
from headrace.gcs import ObjectUri
from headrace.records import decode_json
from headrace.runs.records import RUN_FILE, RunRequest, run_folder
from headrace.runs.store import Store

LOG = logging.getLogger(__name__)

_READ_AT_MOST = 50
"""A set that was uploaded more often than that is linked to one of its last runs, by id."""


@dataclass(frozen=True)
class Past:
    """What earlier runs say about a set.

    Attributes:
        claimed: whether its run was asked for before.
        covered: id of a run that all these uploads were part of, if there is one: what is left of
            its set after something was deleted starts nothing.
        predecessor: id of the latest run of earlier uploads of some of the same names.
    """

    claimed: bool = False
    covered: str | None = None
    predecessor: str | None = None


def look(store: Store, results: str, ready: Ready) -> Past:
    """Look for earlier runs of a set; raises `StorageError`."""
    run = requests.run_id(ready)
    folders = store.list_folders(ObjectUri(results, "runs"), requests.run_stem(ready.key))
    if run in folders:
        return Past(claimed=True)
    earlier = [_read(store, results, folder) for folder in folders[-_READ_AT_MOST:]]
    return _past(ready, [request for request in earlier if request is not None])


def renamed(store: Store, results: str, ready: Ready) -> Ready:
    """Return a set whose run has another id than all earlier ones of it; raises `StorageError`.

    The id counts the runs that there are, so that of people who ask at once few get two.
    """
    earlier = store.list_folders(ObjectUri(results, "runs"), requests.run_stem(ready.key))
    return replace(ready, tail=requests.later_tail(ready, len(earlier))) if earlier else ready


def _past(ready: Ready, earlier: Sequence[RunRequest]) -> Past:
    names = {member.object.uri.name for member in ready.everything}
    uploads = {(m.object.uri.name, m.object.generation) for m in ready.everything}
    related: list[RunRequest] = []
    for request in earlier:
        if request.rule == ready.key[0] and names & {found.name for found in request.objects}:
            related.append(request)
        if uploads <= {(found.name, found.generation) for found in request.objects}:
            return Past(covered=request.run_id)
    related.sort(key=lambda request: (request.created, request.run_id))
    return Past(predecessor=related[-1].run_id if related else None)


def _read(store: Store, results: str, run: str) -> RunRequest | None:
    """Return a run's request, or nothing if it is not there yet or not to be understood."""
    uri = run_folder(results, run) / RUN_FILE
    try:
        return decode_json(store.read(uri), RunRequest, str(uri))
    except ObjectMissingError:
        return None
    except RecordError as error:
        LOG.warning("%s", error)
        return None

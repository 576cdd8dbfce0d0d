"""Earlier runs of the same set: their ids begin alike, so that one listing finds them all."""

import logging
from collections.abc import Callable, Sequence
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
        orphans: earlier runs that were claimed but have no controller. Nobody will submit them,
            since their uploads were replaced or deleted.
    """

    claimed: bool = False
    covered: str | None = None
    predecessor: str | None = None
    orphans: tuple[RunRequest, ...] = ()


def look(store: Store, results: str, ready: Ready, is_submitted: Callable[[str], bool]) -> Past:
    """Look for earlier runs of a set; `is_submitted` tells of a run's id if it has a controller.

    Raises:
        StorageError, ServiceError: they could not be looked at now.
    """
    run = requests.run_id(ready)
    folders = store.list_folders(ObjectUri(results, "runs"), requests.run_stem(ready.key))
    if run in folders:
        return Past(claimed=True)
    earlier = [_read(store, results, folder) for folder in folders[-_READ_AT_MOST:]]
    related = [request for request in earlier if request and _is_related(request, ready)]
    submitted = [request for request in related if is_submitted(request.run_id)]
    orphans = tuple(request for request in related if request not in submitted)
    return _past(ready, submitted, orphans)


def renamed(store: Store, results: str, ready: Ready) -> Ready:
    """Return a set whose run has another id than all earlier ones of it; raises `StorageError`.

    The id counts the runs that there are, so that of people who ask at once few get two.
    """
    earlier = store.list_folders(ObjectUri(results, "runs"), requests.run_stem(ready.key))
    return replace(ready, tail=requests.later_tail(ready, len(earlier))) if earlier else ready


def _past(ready: Ready, earlier: Sequence[RunRequest], orphans: tuple[RunRequest, ...]) -> Past:
    uploads = {(m.object.uri.name, m.object.generation) for m in ready.everything}
    for request in earlier:
        if uploads <= {(found.name, found.generation) for found in request.objects}:
            return Past(covered=request.run_id)
    last = max(earlier, key=lambda request: (request.created, request.run_id), default=None)
    return Past(predecessor=last.run_id if last else None, orphans=orphans)


def _is_related(request: RunRequest, ready: Ready) -> bool:
    """Say whether a run was of this rule, and of some of the same names."""
    names = {member.object.uri.name for member in ready.everything}
    return request.rule == ready.key[0] and any(f.name in names for f in request.objects)


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

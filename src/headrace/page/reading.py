"""Fetching what the page of a run is made of from the run's folder."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from headrace.errors import ObjectMissingError
from headrace.gcs import ObjectUri
from headrace.money.records import COST_FILE, ESTIMATE_FILE, Estimate, RunCost
from headrace.page.facts import Facts
from headrace.records import decode_json
from headrace.runs.journal import JOBS_FILE, Journal
from headrace.runs.records import (
    ERROR_FILE,
    LOG_FILE,
    OUTPUTS_FILE,
    RUN_FILE,
    RunError,
    RunOutputs,
    RunRequest,
)
from headrace.runs.status import STATUS_FILE, RunStatus
from headrace.runs.store import Store

Document = TypeVar("Document")

CRATE_FILE = "ro-crate-metadata.json"
SNAKEMAKE_REPORT = "report/snakemake.html"
"""Where `snakemake --report` is looked for."""

_LINKED = {
    "Controller's log": LOG_FILE,
    "Snakemake report": SNAKEMAKE_REPORT,
    "Provenance (RO-Crate)": CRATE_FILE,
    "Outputs": OUTPUTS_FILE,
    "Error": ERROR_FILE,
    "Cost": COST_FILE,
    "Estimate": ESTIMATE_FILE,
    "Request": RUN_FILE,
    "Status": STATUS_FILE,
    "Jobs": JOBS_FILE,
}


def facts(
    store: Store, folder: ObjectUri, now: datetime, defaults: Mapping[str, Any] | None = None
) -> Facts:
    """Read all documents of a run that there are.

    Raises:
        RecordError: one of them is not what it should be.
        StorageError: the store cannot be reached.
    """
    return Facts(
        folder=folder,
        now=now,
        status=read(store, folder / STATUS_FILE, RunStatus),
        journal=read(store, folder / JOBS_FILE, Journal),
        request=read(store, folder / RUN_FILE, RunRequest),
        outputs=read(store, folder / OUTPUTS_FILE, RunOutputs),
        error=read(store, folder / ERROR_FILE, RunError),
        estimate=read(store, folder / ESTIMATE_FILE, Estimate),
        cost=read(store, folder / COST_FILE, RunCost),
        defaults=defaults or {},
        links=links(_there(store, folder)),
    )


def links(names: Iterable[str]) -> dict[str, str]:
    """Return those of the files that the page links to, by what they are called."""
    there = set(names)
    return {title: name for title, name in _LINKED.items() if name in there}


def read(store: Store, uri: ObjectUri, kind: type[Document]) -> Document | None:
    """Return a document, None if there is none."""
    try:
        return decode_json(store.read(uri), kind, str(uri))
    except ObjectMissingError:
        return None


def _there(store: Store, folder: ObjectUri) -> Iterable[str]:
    """Yield which of the linked files exist: one request each, however many results there are."""
    for name in _LINKED.values():
        yield from (
            name for found in store.list_objects(folder / name) if found.uri == folder / name
        )

"""Cancel everything that runs, by label, run by run."""

import logging
from collections.abc import Iterator

from headrace.errors import ObjectMissingError, RecordError, ServiceError
from headrace.records import decode_json
from headrace.runs.controllers import CONTROLLERS
from headrace.runs.records import run_folder
from headrace.runs.status import STATUS_FILE, RunState, RunStatus
from headrace.runs.store import Store
from headrace.services import JobService, JobState
from headrace.services.protocol import RUN_LABEL

LOG = logging.getLogger(__name__)


def cancel_all(service: JobService, store: Store, results: str) -> int:
    """Ask every controller, then every job of every unfinished run, to stop; returns how many.

    Raises:
        ServiceError: some could not be cancelled, after the others were.
        StorageError: what runs could not be listed.
    """
    controllers = list(service.list_jobs({RUN_LABEL: CONTROLLERS}))
    # a controller that succeeded leaves no jobs behind; one that was lost may
    runs = [job.job_id for job in controllers if job.state is not JobState.SUCCEEDED]
    known = {job.job_id for job in controllers}
    runs += _started_by_hand(store, results, known)
    jobs = [*controllers, *(job for run in runs for job in service.list_jobs({RUN_LABEL: run}))]
    running = [job.name for job in jobs if not job.state.ended]
    left = [name for name in running if not _cancel(service, name)]
    if left:
        raise ServiceError(f"{len(left)} of {len(running)} jobs could not be cancelled.")
    return len(running)


def _cancel(service: JobService, name: str) -> bool:
    try:
        service.cancel(name)
    except ServiceError as error:
        LOG.error("%s was not cancelled: %s", name, error)  # noqa: TRY400 - a sentence
        return False
    LOG.warning("%s was cancelled.", name)
    return True


def _started_by_hand(store: Store, results: str, known: set[str]) -> Iterator[str]:
    """Yield the runs that have no controller and say that they are going on."""
    for run in store.list_folders(run_folder(results, "")):
        if run not in known and _is_running(store, results, run):
            yield run


def _is_running(store: Store, results: str, run: str) -> bool:
    uri = run_folder(results, run) / STATUS_FILE
    try:
        status = decode_json(store.read(uri), RunStatus, str(uri))
    except (ObjectMissingError, RecordError):
        return False
    return status.state is RunState.RUNNING

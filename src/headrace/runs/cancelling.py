"""Stopping a run: its controller, its jobs, and the end that says so."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from headrace.errors import NotFoundError, ServiceError
from headrace.gcs import ObjectUri
from headrace.runs import controllers, ends
from headrace.runs.controllers import CONTROLLERS
from headrace.runs.records import RunError
from headrace.runs.scene import End
from headrace.runs.store import Store
from headrace.services.protocol import RUN_LABEL, JobReport, JobService

ROUNDS = 30
PAUSE_SECONDS = 2.0
"""A controller may submit a last job before it hears that it is cancelled, so we look again."""


def cancel(
    store: Store,
    service: JobService,
    folder: ObjectUri,
    end: RunError,
    sleep: Callable[[float], None] = time.sleep,
) -> End:
    """End a run for a person: write `end`, stop its controller and its jobs. Returns what holds.

    The end comes first, so that no sweep starts a successor of the controller. It may be repeated:
    a run that has ended keeps its end, and what still runs of it is stopped.

    Raises:
        StorageError: the end could not be written; nothing was stopped.
        ServiceError: something still runs; the same call may be repeated.
    """
    held = ends.write(store, folder, end)
    stop_jobs(service, end.run_id, sleep)
    return held


def stop_jobs(service: JobService, run: str, sleep: Callable[[float], None] = time.sleep) -> None:
    """Cancel a run's controllers and jobs until none is left; raises `ServiceError` if some are."""
    asked: set[str] = set()
    left: list[JobReport] = []
    for look in range(ROUNDS):
        if look:
            sleep(PAUSE_SECONDS)
        left = list(at_work(service, run))
        if not left:
            return
        for report in left:
            if report.name not in asked:
                with suppress(NotFoundError):
                    service.cancel(report.name)
                asked.add(report.name)
    names = ", ".join(report.name for report in left[:3])
    raise ServiceError(f"{len(left)} jobs of run {run} were told to stop and still run: {names}.")


def at_work(service: JobService, run: str) -> Iterator[JobReport]:
    """Yield the controllers and jobs of a run that have not ended, controllers first."""
    for report in service.list_jobs({RUN_LABEL: CONTROLLERS}):
        if not report.state.ended and controllers.run_and_start(report.job_id)[0] == run:
            yield report
    for report in service.list_jobs({RUN_LABEL: run}):
        if not report.state.ended:
            yield report

"""Stopping a run: its controller, its jobs, and the end that says so."""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress

from headrace.errors import NotFoundError, ServiceError
from headrace.gcs import ObjectUri
from headrace.runs import controllers, ends
from headrace.runs.controllers import CONTROLLERS
from headrace.runs.records import RunError
from headrace.runs.scene import End
from headrace.runs.store import Store
from headrace.services.protocol import RUN_LABEL, JobReport, JobService

LOOKS = 150
FIRST_PAUSE_SECONDS = 0.2
PAUSE_SECONDS = 2.0
"""Batch takes minutes to cancel a job, and a controller may submit a last one before it hears that
it is cancelled. So we look again, for five minutes."""

_MAX_NAMED = 3


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
    asked = ask_to_stop(service, run)
    for look in range(1, LOOKS):
        if not list(at_work(service, run)):
            return
        sleep(min(PAUSE_SECONDS, look * FIRST_PAUSE_SECONDS))
        asked |= ask_to_stop(service, run, asked)
    left = [report.name for report in at_work(service, run)]
    if left:
        raise ServiceError(
            f"{len(left)} jobs of run {run} were told to stop and still run: "
            f"{', '.join(left[:_MAX_NAMED])}."
        )


def ask_to_stop(service: JobService, run: str, asked: Collection[str] = ()) -> set[str]:
    """Cancel a run's controllers and jobs, but for those that were `asked`; returns their names."""
    names = {report.name for report in at_work(service, run)} - set(asked)
    for name in sorted(names):
        with suppress(NotFoundError):
            service.cancel(name)
    return names


def at_work(service: JobService, run: str) -> Iterator[JobReport]:
    """Yield the controllers and jobs of a run that have not ended, controllers first."""
    for report in service.list_jobs({RUN_LABEL: CONTROLLERS}):
        if not report.state.ended and controllers.run_and_start(report.job_id)[0] == run:
            yield report
    for report in service.list_jobs({RUN_LABEL: run}):
        if not report.state.ended:
            yield report

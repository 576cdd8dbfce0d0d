"""Runs whose controller was lost: a successor, or an end that says what happened.

A controller that is killed with its machine writes no end. The job service knows that its job has
ended, so whoever asks it, the sweep above all, finds these runs: the controller is started again,
under a second id, as often as the request allows; then, or where that makes no sense, `error.json`
is written in its place. Any number of sweeps at once do it once.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from headrace.arrivals.claims import Starter
from headrace.errors import (
    HeadraceError,
    ObjectMissingError,
    ServiceError,
    StorageError,
    UnavailableError,
    UnknownStateError,
)
from headrace.gcs import ObjectUri
from headrace.guard import pause
from headrace.notices import telling
from headrace.records import decode_json
from headrace.runs import cancelling, controllers, ending, ends
from headrace.runs.controllers import CONTROLLERS
from headrace.runs.records import RUN_FILE, RunError, RunRequest, run_folder
from headrace.services import Failure, FailureKind, JobReport, JobState
from headrace.services.protocol import RUN_LABEL

LOG = logging.getLogger(__name__)

_READERS = 8


class Cure(StrEnum):
    """What was done for a run."""

    RESTARTED = "restarted"
    ENDED = "ended"
    FAILED = "failed"
    """Nothing yet: the next sweep tries again."""


class Healed(msgspec.Struct, frozen=True, kw_only=True):
    """A run whose controller was lost, what was done for it, and why."""

    run_id: str
    cure: Cure
    reason: str


@dataclass(frozen=True)
class Healer:
    """Looks after the runs of one installation; `environ` is where channels find their secrets."""

    starter: Starter
    environ: Mapping[str, str]
    clock: Callable[[], datetime]

    def heal(self) -> list[Healed]:
        """Look at all controllers that the service lists, and help the runs that were left.

        Raises:
            ServiceError: the service cannot list them now.
        """
        labels = {RUN_LABEL: CONTROLLERS}
        lost = list(last_starts(self.starter.service.list_jobs(labels)))
        with ThreadPoolExecutor(_READERS) as pool:
            healed = [found for found in pool.map(self._look, lost) if found is not None]
        for found in healed:
            level = logging.ERROR if found.cure is Cure.FAILED else logging.WARNING
            details = {"run_id": found.run_id, "outcome": found.cure.value}
            LOG.log(level, "%s", found.reason, extra={"details": details})
        return healed

    def _look(self, report: JobReport) -> Healed | None:
        """Help the run of a controller that has ended, unless it has an end."""
        run, start = controllers.run_and_start(report.job_id)
        folder = run_folder(self.starter.settings.results, run)
        try:
            if ends.read(self.starter.store, folder) is not None:
                return None
            return self._help(report, start, folder)
        except ObjectMissingError:
            return None  # its folder is gone: somebody has tidied up
        except HeadraceError as error:
            return Healed(run_id=run, cure=Cure.FAILED, reason=str(error))

    def _help(self, report: JobReport, start: int, folder: ObjectUri) -> Healed:
        uri = folder / RUN_FILE
        request = decode_json(self.starter.store.read(uri), RunRequest, str(uri))
        failure = self._failure(report)
        if may_go_on(failure) and controllers.may_restart(request, start):
            return self._restart(request, start + 1, failure)
        return self._end(request, folder, error_of(request, folder, start, failure, self.clock()))

    def _failure(self, report: JobReport) -> Failure:
        try:
            return self.starter.service.explain(report.name)
        except UnknownStateError as error:
            return Failure(FailureKind.USER, str(error))

    def _restart(self, request: RunRequest, start: int, failure: Failure) -> Healed:
        pause.check(self.starter.store, self.starter.settings.results)
        run = request.run_id
        try:
            started = self.starter.restart(request, start, self.clock())
        except UnavailableError as error:
            return Healed(run_id=run, cure=Cure.FAILED, reason=str(error))
        reason = (
            f"The controller of run {run} was lost ({failure.message}): "
            f"start {start} was {started.value}."
        )
        return Healed(run_id=run, cure=Cure.RESTARTED, reason=reason)

    def _end(self, request: RunRequest, folder: ObjectUri, error: RunError) -> Healed:
        end = ends.write(self.starter.store, folder, error)
        try:
            telling.ended(self.starter.store, folder, self.environ, request, end)
            cancelling.ask_to_stop(self.starter.service, request.run_id)
        except (ServiceError, StorageError) as problem:
            LOG.warning("%s", problem)
        return Healed(run_id=request.run_id, cure=Cure.ENDED, reason=error.sentence)


def last_starts(reports: Iterable[JobReport]) -> Iterator[JobReport]:
    """Yield each run's last controller, where all of the run's have ended and none succeeded."""
    runs: dict[str, list[JobReport]] = {}
    for report in reports:
        runs.setdefault(controllers.run_and_start(report.job_id)[0], []).append(report)
    for starts in runs.values():
        if all(r.state.ended and r.state is not JobState.SUCCEEDED for r in starts):
            yield max(starts, key=lambda report: controllers.run_and_start(report.job_id)[1])


def may_go_on(failure: Failure) -> bool:
    """Tell whether a successor of a controller that ended like this may do better."""
    return failure.kind not in {FailureKind.CANCELLED, FailureKind.TIMEOUT}


def error_of(
    request: RunRequest, folder: ObjectUri, start: int, failure: Failure, now: datetime
) -> RunError:
    """Return the end that a controller would have written, had it been able to."""
    match failure.kind:
        case FailureKind.CANCELLED:
            sentence = "The run was cancelled at the job service."
        case FailureKind.TIMEOUT:
            sentence = (
                f"The run took longer than the {request.controller.hours} hours that its rule "
                "allows: raise workflow.hours in config/triggers.yaml."
            )
        case _ if start > 1:
            sentence = f"The controller was lost {start} times, at last so: {failure.message}"
        case _:
            sentence = f"The controller was lost: {failure.message}"
    cancelled = failure.kind is FailureKind.CANCELLED
    return ending.error(folder, sentence, now, cancelled=cancelled)

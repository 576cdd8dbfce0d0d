"""Claim a run, submit its controller: together exactly once, whatever is delivered how often.

The claim is the atomic creation of `run.json`. Who creates it submits, and records that in
`submitted.json` (`submitted-2.json` for a run's second start); everybody else finds the record, or
else the job. A crash between claim and submission leaves a claim without a job: the first delivery
that comes more than `GRACE` later takes the submission over, by an atomic creation of its own
(`run.json.claim-2`, then `-3`), because Life Sciences has no client-chosen ids that would refuse a
second job. Until then deliveries are turned away, to be sent again. A crash between submission and
record costs the next delivery a look at the service's jobs. Services forget jobs, Batch after 60
days; the record stays.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from headrace.errors import (
    AlreadyExistsError,
    NotFoundError,
    ObjectMissingError,
    UnavailableError,
)
from headrace.gcs import ObjectUri
from headrace.records import decode_json, encode_json
from headrace.runs import controllers
from headrace.runs.controllers import CONTROLLERS
from headrace.runs.records import SUBMITTED_FILE, RunRequest, Submission, run_folder
from headrace.runs.store import Store
from headrace.services.protocol import RUN_LABEL, JobService
from headrace.settings import Settings

GRACE = timedelta(seconds=60)
"""How long a claim's owner may take to submit; the function's own time limit must be shorter."""

_LABELS = {RUN_LABEL: CONTROLLERS}


class Started(Enum):
    """What came of asking for a run."""

    NOW = "started"
    BEFORE = "already started"
    LATE = "claimed before, but submitted only now"


@dataclass(frozen=True)
class _Job:
    """The controller of a run's first or later start."""

    run: str
    start: int

    @property
    def job_id(self) -> str:
        return controllers.job_id(self.run, self.start)


@dataclass(frozen=True)
class Starter:
    """Starts runs; `store` and `service` may be shared between threads."""

    settings: Settings
    store: Store
    service: JobService
    grace: timedelta = GRACE

    def start(self, request: RunRequest, now: datetime) -> Started:
        """Start a run unless it was started before.

        Raises:
            UnavailableError: somebody else is submitting it right now; ask again later.
            StorageError: the claim could not be written or read; ask again later.
            ServiceError: the job could not be submitted; ask again later.
        """
        claim = controllers.request_uri(self.settings, request.run_id)
        return self.submit_once(claim, request, 1, now)

    def restart(self, request: RunRequest, start: int, now: datetime) -> Started:
        """Start the controller of a run another time, unless that was done; raises as `start`."""
        folder = run_folder(self.settings.results, request.run_id)
        return self.submit_once(folder / f"start-{start}.json", request, start, now)

    def submit_once(
        self, claim: ObjectUri, request: RunRequest, start: int, now: datetime
    ) -> Started:
        """Submit a controller if `claim` can be created, or was left without a job; see `start`.

        What was claimed before holds: its request is carried out, not this one.
        """
        job = _Job(request.run_id, start)
        if self.store.create(claim, encode_json(request)):
            self._submit(job, request, now)
            return Started.NOW
        if self.is_submitted(request.run_id, now, start):
            return Started.BEFORE
        self._take_over(claim, request, now)
        self._submit(job, decode_json(self.store.read(claim), RunRequest, str(claim)), now)
        return Started.LATE

    def is_submitted(self, run: str, now: datetime, start: int = 1) -> bool:
        """Say whether a claimed run has its controller; raises what `start` raises."""
        job = _Job(run, start)
        try:
            self.store.read(self._record(job))
        except ObjectMissingError:
            return self._is_found(job, now)
        return True

    def _submit(self, job: "_Job", request: RunRequest, now: datetime) -> None:
        pipeline = controllers.controller_job(self.settings, request)
        try:
            name = self.service.submit(job.job_id, pipeline)
        except AlreadyExistsError:
            # another delivery was faster, or our own first try was answered too late
            name = self.service.find(job.job_id, _LABELS).name
        self._write_record(job, name, now)

    def _is_found(self, job: "_Job", now: datetime) -> bool:
        try:
            found = self.service.find(job.job_id, _LABELS)
        except NotFoundError:
            return False
        self._write_record(job, found.name, now)
        return True

    def _write_record(self, job: "_Job", name: str, now: datetime) -> None:
        submission = Submission(run_id=job.run, job=name, submitted=now)
        self.store.create(self._record(job), encode_json(submission))

    def _record(self, job: "_Job") -> ObjectUri:
        stem, dot, ending = SUBMITTED_FILE.partition(".")
        file = SUBMITTED_FILE if job.start == 1 else f"{stem}-{job.start}{dot}{ending}"
        return run_folder(self.settings.results, job.run) / file

    def _take_over(self, uri: ObjectUri, request: RunRequest, now: datetime) -> None:
        claims = list(self.store.list_objects(uri))
        youngest = max(claim.updated for claim in claims)
        successor = ObjectUri(uri.bucket, f"{uri.name}.claim-{len(claims) + 1}")
        if now - youngest < self.grace or not self.store.create(successor, encode_json(request)):
            raise UnavailableError(
                f"Run {request.run_id} is being submitted by another delivery; this one "
                f"must come again after {self.grace.seconds} seconds."
            )

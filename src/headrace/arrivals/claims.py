"""Claim a run, submit its controller: together exactly once, whatever is delivered how often.

The claim is the atomic creation of `run.json`. Who creates it submits; everybody else looks for the
job and finds it. A crash between the two leaves a claim without a job: the first delivery that
comes more than `GRACE` later takes the submission over, by an atomic creation of its own
(`run.json.claim-2`, then `-3`), because Life Sciences has no client-chosen ids that would refuse a
second job. Until then deliveries are turned away, to be sent again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from headrace.errors import AlreadyExistsError, NotFoundError, UnavailableError
from headrace.gcs import ObjectUri
from headrace.records import decode_json, encode_json
from headrace.runs import controllers
from headrace.runs.controllers import CONTROLLERS
from headrace.runs.records import RunRequest, run_folder
from headrace.runs.store import Store
from headrace.services.protocol import RUN_LABEL, JobService
from headrace.settings import Settings

GRACE = timedelta(seconds=60)
"""How long a claim's owner may take to submit; the function's own time limit must be shorter."""


class Started(Enum):
    """What came of asking for a run."""

    NOW = "started"
    BEFORE = "already started"
    LATE = "claimed before, but submitted only now"


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
        job = controllers.job_id(request.run_id, start)
        if self.store.create(claim, encode_json(request)):
            self._submit(job, request)
            return Started.NOW
        if self._is_submitted(job):
            return Started.BEFORE
        self._take_over(claim, request, now)
        self._submit(job, decode_json(self.store.read(claim), RunRequest, str(claim)))
        return Started.LATE

    def _submit(self, job: str, request: RunRequest) -> None:
        try:
            self.service.submit(job, controllers.controller_job(self.settings, request))
        except AlreadyExistsError:
            return  # another delivery was faster, or our own first try was answered too late

    def _is_submitted(self, job: str) -> bool:
        try:
            self.service.find(job, {RUN_LABEL: CONTROLLERS})
        except NotFoundError:
            return False
        return True

    def _take_over(self, uri: ObjectUri, request: RunRequest, now: datetime) -> None:
        claims = list(self.store.list_objects(uri))
        youngest = max(claim.updated for claim in claims)
        successor = ObjectUri(uri.bucket, f"{uri.name}.claim-{len(claims) + 1}")
        if now - youngest < self.grace or not self.store.create(successor, encode_json(request)):
            raise UnavailableError(
                f"Run {request.run_id} is being submitted by another delivery; this one "
                f"must come again after {self.grace.seconds} seconds."
            )

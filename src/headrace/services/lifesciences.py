"""Cloud Life Sciences v2beta: `pipelines.run` and its operations.

Google ended the hosted service on 2025-07-08, so this one speaks to the local cloud or to any
other endpoint of the protocol (discovery document `lifesciences.v2beta`, revision 20250411).
"""

import contextlib
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Protocol

from headrace.errors import AlreadyExistsError, NotFoundError, UnavailableError
from headrace.pipeline import Pipeline
from headrace.services.lifesciences_reports import failure, job_report
from headrace.services.lifesciences_requests import run_request
from headrace.services.protocol import JOB_LABEL, RUN_LABEL, Failure, JobReport
from headrace.services.retry import Backoff, retry
from headrace.services.wire import Client, label_filter

CLAIM_BACKOFF = Backoff(first=0.5, longest=2.0, deadline=20.0)
"""How long the operation of a job that another process has claimed is waited for."""


@dataclass(frozen=True)
class Claim:
    """A process's claim on a job.

    Attributes:
        number: how many there were before it.
        ours: whether it is this process's.
        age: seconds since this process learned of it.
    """

    number: int
    ours: bool
    age: float


class Claims(Protocol):
    """Who may submit a job, of all processes in the world."""

    def take(self, job_id: str, after: int) -> Claim:
        """Return the job's last claim, ours if nobody else has made number `after` or a later one.

        Ours was made only just now, so that nobody can have given up waiting for what comes of it.
        """


class LifeSciencesService:
    """Runs Pipelines as Life Sciences operations.

    The API lets no client choose an operation's name, so the job id travels as a label: the
    operations of a run are listed once, and from then on this process remembers its own. Of
    processes that submit the same job at the same time, `claims` let one through.
    """

    max_tasks = 1

    def __init__(
        self, client: Client, project: str, region: str, claims: Claims | None = None
    ) -> None:
        self._client = client
        self._parent = f"projects/{project}/locations/{region}"
        self._claims = claims
        self._claimed: set[str] = set()
        self._known: dict[str, dict[str, str]] = {}
        self._listing = Lock()

    def submit(self, job_id: str, pipeline: Pipeline) -> str:
        """Start an operation; see `JobService.submit`."""
        body = run_request(job_id, pipeline)
        run = pipeline.labels[RUN_LABEL]
        known = self._names_of_run(run)
        if job_id in known:
            raise AlreadyExistsError(f"Job '{job_id}' exists already as {known[job_id]}.")
        may_exist = self._take(job_id, run)
        known[job_id] = self._run(job_id, run, body, may_exist=may_exist)
        return known[job_id]

    def _take(self, job_id: str, run: str) -> bool:
        """Claim the job; returns whether somebody may have submitted it all the same.

        Who finds it claimed waits for the claimant's operation to be listed, and if there is none
        claims it anew: the claimant died in between.

        Raises:
            AlreadyExistsError: another process has claimed and submitted it.
        """
        if self._claims is None or job_id in self._claimed:
            return job_id in self._claimed
        after = 0
        while not (claim := self._claims.take(job_id, after)).ours:
            self._refuse_listed(job_id, run, claim.age)
            after = claim.number + 1
        self._claimed.add(job_id)
        return claim.number > 0

    def _refuse_listed(self, job_id: str, run: str, waited: float) -> None:
        """Raise `AlreadyExistsError` as soon as the job is listed; return if it never is.

        The seconds that the claim has been known already count: a claimant that died may have
        claimed many jobs, and they are not waited for one after another.
        """
        labels = {RUN_LABEL: run}
        backoff = replace(CLAIM_BACKOFF, deadline=CLAIM_BACKOFF.deadline - waited)
        with contextlib.suppress(NotFoundError):
            report = retry(lambda: self.find(job_id, labels), on=(NotFoundError,), backoff=backoff)
            raise AlreadyExistsError(f"Job '{job_id}' exists already as {report.name}.")

    def _run(self, job_id: str, run: str, body: dict[str, Any], *, may_exist: bool) -> str:
        """Send the request until it is answered, each time but the first after a look for it.

        An answer may be lost on its way, and the operation be there all the same.
        """
        looks = itertools.chain([may_exist], itertools.repeat(True))

        def once() -> str:
            if next(looks):
                with contextlib.suppress(NotFoundError):
                    return self.find(job_id, {RUN_LABEL: run}).name
            request = self._client.locations.pipelines().run(parent=self._parent, body=body)
            return str(self._client.call_once(request, named=True)["name"])

        return retry(once, on=(UnavailableError,), backoff=self._client.backoff)

    def find(self, job_id: str, labels: Mapping[str, str]) -> JobReport:
        """Look a job up by its labels; see `JobService.find`."""
        for report in self.list_jobs({**labels, JOB_LABEL: job_id}):
            return report
        raise NotFoundError(f"There is no job '{job_id}' in {self._parent}.")

    def list_jobs(self, labels: Mapping[str, str]) -> Iterator[JobReport]:
        """List operations by label; see `JobService.list_jobs`."""
        operations = self._client.pages(
            self._client.locations.operations(),
            "operations",
            name=self._parent,
            filter=label_filter(dict(labels)),
        )
        return map(job_report, operations)

    def list_tasks(self, name: str) -> Iterator[JobReport]:
        """Yield the operation itself, its own only task; see `JobService.list_tasks`."""
        yield job_report(self._get(name))

    def explain(self, name: str) -> Failure:
        """Read the reason from the operation; see `JobService.explain`."""
        return failure(self._get(name))

    def cancel(self, name: str) -> None:
        """Cancel the operation; see `JobService.cancel`."""
        if not job_report(self._get(name)).state.ended:
            self._client.call(self._client.locations.operations().cancel(name=name, body={}))

    def close(self) -> None:
        """Close this thread's connection; see `JobService.close`."""
        self._client.close()

    def _get(self, name: str) -> dict[str, Any]:
        request = self._client.locations.operations().get(name=name)
        return self._client.call(request, named=True)

    def _names_of_run(self, run: str) -> dict[str, str]:
        with self._listing:
            if run not in self._known:
                reports = self.list_jobs({RUN_LABEL: run})
                self._known[run] = {report.job_id: report.name for report in reports}
            return self._known[run]

"""Prepared jobs are started at the service, or taken up from an earlier head."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from threading import Event

import msgspec

from headrace.errors import (
    AlreadyExistsError,
    HeadraceError,
    NotFoundError,
    ServiceError,
    UnavailableError,
)
from headrace.pipeline import Pipeline
from headrace.services.protocol import RUN_LABEL, JobState, task_name
from headrace.services.retry import Backoff, retry
from headrace.staging.plan import PLAN_NAME, PLANS_NAME, encode_plans, manifest_of, placed_in
from snakemake_executor_plugin_lifesciences.adopting import BEGUN, Adoptions
from snakemake_executor_plugin_lifesciences.arrays import (
    array_key,
    array_pipeline,
    task_folder,
    task_plans,
)
from snakemake_executor_plugin_lifesciences.bundles import Bundle
from snakemake_executor_plugin_lifesciences.flights import Place, Places
from snakemake_executor_plugin_lifesciences.head import Head
from snakemake_executor_plugin_lifesciences.naming import job_id
from snakemake_executor_plugin_lifesciences.pipelines import with_plan
from snakemake_executor_plugin_lifesciences.preparing import Prepared

MAX_STARTS = 50
"""Submissions of one key before we believe something is wrong with the world."""

WAY_SECONDS = 2.0
"""Between two looks at a job that is in the way."""


class StoppedError(HeadraceError):
    """The run is being cancelled: what is not submitted yet stays so."""


class Submitter:
    """Starts jobs, each under the first id of its key that is free; may be used by many threads."""

    def __init__(self, head: Head) -> None:
        self._head = head
        self._adoptions = Adoptions(head)
        self._backoff = Backoff(deadline=head.settings.patience)
        self._stopping = Event()
        self.doubtful: set[str] = set()
        """Ids of jobs that were asked for and may or may not exist: no answer has come."""

    def stop(self) -> None:
        """Submit nothing more, nor wait for a service that does not answer."""
        self._stopping.set()

    def submit(self, jobs: Sequence[Prepared], bundle: Bundle | None = None) -> Places:
        """Start like jobs, or take up those that an earlier head started.

        A job that goes alone may find its plan in a bundle.

        Raises:
            HeadraceError: they cannot be started, now or at all.
        """
        places: Places = {}
        for number in range(MAX_STARTS):
            for job in jobs:
                if job.key not in places and (found := self._adoptions.find(job)) is not None:
                    places[job.key] = found
            left = [job for job in jobs if job.key not in places]
            for job in left:
                self._clear_the_way(job)
            single = [job for job in left if len(left) == 1 or self._is_single(job)]
            places |= {job.key: self._start_single(job, bundle) for job in single}
            left = [job for job in left if job.key not in places]
            if left:
                places |= self._start_array(left, number)
            if len(places) == len(jobs):
                return places
        raise _too_often(jobs[0].title, jobs[0].key)

    def _clear_the_way(self, job: Prepared) -> None:
        """Wait until no job of an earlier head makes other results under the names of this one's.

        Whoever comes last would have the last word, and that might be the one that is out of date.
        """
        stopped: set[str] = set()
        while (found := self._adoptions.in_the_way(job)) is not None:
            report, may_be_cancelled = found
            if report.name not in stopped:
                stopped.add(report.name)
                self._head.logger.warning(
                    f"{report.job_id} of an earlier head makes results of {job.title}, from other "
                    f"inputs or in another way: {'cancelled' if may_be_cancelled else 'waited for'}"
                    " before it is made anew."
                )
                if may_be_cancelled:
                    self._head.service.cancel(report.name)
            self._sleep(WAY_SECONDS)

    def _is_single(self, job: Prepared) -> bool:
        return self._adoptions.is_job(job_id(job.title, job.key, 0))

    def _start_array(self, jobs: Sequence[Prepared], number: int) -> Places:
        """Return where the jobs run, or nothing if the id is taken; then some can be taken up."""
        id_ = job_id(jobs[0].title, array_key(jobs), number)
        folder = f"{self._head.settings.work}/{id_}"
        plans = encode_plans(task_plans(jobs, self._head.settings.work, folder))
        self._check_may_start()
        self._head.folders.write(f"{folder}/{PLANS_NAME}", plans)
        try:
            name = self._create(id_, array_pipeline(jobs, folder))
        except AlreadyExistsError:
            self._adoptions.learn(id_)
            return {}
        self._head.logger.info(f"Submitted {len(jobs)} jobs of {jobs[0].title} as {name}.")
        now = datetime.now(UTC)
        return {
            job.key: Place(task_name(name, index), task_folder(folder, index, job.key), now)
            for index, job in enumerate(jobs)
        }

    def _start_single(self, job: Prepared, bundle: Bundle | None) -> Place:
        for number in range(MAX_STARTS):
            id_ = job_id(job.title, job.key, number)
            folder = f"{self._head.settings.work}/{id_}"
            try:
                name = self._create_single(job, id_, folder, None if number else bundle)
            except AlreadyExistsError:
                place = self._adopt(job, id_, folder)
                if place is not None:
                    return place
            else:
                self._head.logger.info(f"Submitted {job.title} as {name}.")
                return Place(name, folder, datetime.now(UTC))
        raise _too_often(job.title, job.key)

    def _create_single(self, job: Prepared, id_: str, folder: str, bundle: Bundle | None) -> str:
        """Start a job whose plan is in the bundle, or in its own folder where there is none."""
        self._check_may_start()
        if bundle is not None:
            address = bundle.address(job.key)
        else:
            address = f"{folder}/{PLAN_NAME}"
            plan = msgspec.json.encode(placed_in(job.plan, self._head.settings.work, folder))
            self._head.folders.write(address, plan)
        return self._create(id_, with_plan(job.pipeline, address))

    def _create(self, id_: str, request: Pipeline) -> str:
        """Start a job whose plan is stored; returns the service's name of it."""
        try:
            name = self._patiently(lambda: self._head.service.submit(id_, request))
        except (UnavailableError, StoppedError):
            self.doubtful.add(id_)
            raise
        return name

    def _patiently(self, call: Callable[[], str]) -> str:
        return retry(call, on=(UnavailableError,), backoff=self._backoff, sleep=self._sleep)

    def _sleep(self, seconds: float) -> None:
        self._stopping.wait(seconds)
        self._check_stopped()

    def _check_may_start(self) -> None:
        self._check_stopped()
        self._head.gate.check()

    def _check_stopped(self) -> None:
        if self._stopping.is_set():
            raise StoppedError("The run was stopped before this job was submitted.")

    def _adopt(self, job: Prepared, id_: str, folder: str) -> Place | None:
        """Return where the job of this id runs, or None if it is of no use any more."""
        report = retry(  # what was created just now may not be found at once
            lambda: self._head.service.find(id_, {RUN_LABEL: self._head.settings.run}),
            on=(NotFoundError, UnavailableError),
            backoff=Backoff(),
            sleep=self._sleep,
        )
        was_in_flight = report.state is JobState.SUCCEEDED and (
            report.name in job.awaited
            or self._head.folders.written_since(
                manifest_of(self._head.settings.work, folder), BEGUN
            )
        )
        if report.state.ended and not was_in_flight:
            return None
        self._head.logger.info(f"Taking up job {id_} ({report.state.value}) of an earlier head.")
        return Place(report.name, folder, datetime.now(UTC), adopted=True)


def _too_often(title: str, key: str) -> ServiceError:
    return ServiceError(
        f"Job {title} was started {MAX_STARTS} times under the key {key}: "
        "use another run id to begin afresh."
    )

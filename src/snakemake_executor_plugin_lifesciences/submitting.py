"""A planned job is started at the service, or taken up from an earlier head."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from headrace.errors import AlreadyExistsError, NotFoundError, ServiceError, UnavailableError
from headrace.pipeline import Pipeline
from headrace.services.protocol import RUN_LABEL, JobState
from headrace.services.retry import Backoff, retry
from headrace.staging.plan import Plan
from snakemake_executor_plugin_lifesciences.flights import Flight
from snakemake_executor_plugin_lifesciences.head import Head
from snakemake_executor_plugin_lifesciences.naming import job_id
from snakemake_executor_plugin_lifesciences.pipelines import pipeline
from snakemake_executor_plugin_lifesciences.plans import display_name
from snakemake_executor_plugin_lifesciences.silence import Silence
from snakemake_executor_plugin_lifesciences.starts import FIRST, Start
from snakemake_executor_plugin_lifesciences.waiting import Waiting

MAX_STARTS = 50
"""Submissions of one job key before we believe something is wrong with the world."""

BEGUN = datetime.now(UTC)
"""When this head began, before it looked for files: a job that ended since was in flight then."""

Interrupted = Callable[[Any, str], bool]
"""Tells whether an earlier head died while it waited for a job under this name."""


class Submitter:
    """Starts jobs, each under the first id of its key that is free."""

    def __init__(self, head: Head, interrupted: Interrupted) -> None:
        self._head = head
        self._interrupted = interrupted
        self._backoff = Backoff(deadline=head.settings.patience)

    def submit(self, job: Any, plan: Plan, key: str, start: Start = FIRST) -> Flight:
        """Start the job, or take up the one of the same key that an earlier head started.

        Raises:
            HeadraceError: it cannot be started, now or at all.
        """
        settings = self._head.settings
        for number in range(MAX_STARTS):
            id_ = job_id(display_name(job), key, number)
            placed = msgspec.structs.replace(plan, folder=f"{settings.work}/{id_}")
            request = pipeline(placed, job, settings, start)
            flight = Flight(
                job=job,
                plan=placed,
                key=key,
                pipeline=request,
                name="",
                adopted=False,
                waiting=Waiting(time.monotonic(), 60 * settings.start_deadline),
                silence=Silence(settings.patience),
                start=start,
            )
            named = self._start_or_adopt(flight, id_, request)
            if named is not None:
                return named
        raise ServiceError(
            f"Job {display_name(job)} was started {MAX_STARTS} times under the key {key}: "
            "use another run id to begin afresh."
        )

    def _start_or_adopt(self, flight: Flight, id_: str, request: Pipeline) -> Flight | None:
        """Return the flight with the name of the new or adopted job, or None if the id is spent."""
        self._head.gate.check()
        self._head.folders.write_plan(flight.plan)
        try:
            name = retry(
                lambda: self._head.service.submit(id_, request),
                on=(UnavailableError,),
                backoff=self._backoff,
            )
        except AlreadyExistsError:
            return self._adopt(flight, id_, request)
        return replace(flight, name=name)

    def _adopt(self, flight: Flight, id_: str, request: Pipeline) -> Flight | None:
        report = retry(  # what was created just now may not be found at once
            lambda: self._head.service.find(id_, {RUN_LABEL: request.labels[RUN_LABEL]}),
            on=(NotFoundError, UnavailableError),
            backoff=Backoff(),
        )
        was_in_flight = report.state is JobState.SUCCEEDED and (
            self._interrupted(flight.job, report.name)
            or self._head.folders.ended_since(flight.plan.folder, BEGUN)
        )
        if report.state.ended and not was_in_flight:
            return None
        self._head.logger.info(f"Taking up job {id_} ({report.state.value}) of an earlier head.")
        return replace(flight, name=report.name, adopted=True)

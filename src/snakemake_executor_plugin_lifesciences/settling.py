"""What is to be done about each job in flight after a poll: one verdict for each, exactly."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from headrace.errors import HeadraceError, ObjectMissingError, may_pass
from headrace.services.protocol import Failure, FailureKind, JobReport, JobState, is_task
from headrace.staging.manifest import Manifest
from headrace.staging.plan import Plan
from snakemake_executor_plugin_lifesciences import outcome
from snakemake_executor_plugin_lifesciences.flights import Flight
from snakemake_executor_plugin_lifesciences.head import Head
from snakemake_executor_plugin_lifesciences.manifests import Manifests
from snakemake_executor_plugin_lifesciences.starts import Start

ROUNDS_UNSEEN = 30
"""Polls in which the service may not list a job it has accepted."""


@dataclass(frozen=True)
class Goes:
    """It is to be looked at again; `news` is worth a word."""

    news: str = ""


@dataclass(frozen=True)
class Succeeded:
    """It ended well, and the manifest vouches for every result."""

    manifest: Manifest


@dataclass(frozen=True)
class Failed:
    """It ended for good; `message` is for a person."""

    message: str
    kind: FailureKind
    manifest: Manifest | None = None


@dataclass(frozen=True)
class Overdue:
    """It has waited for its machine too long and is to be cancelled; `message` is for a person."""

    message: str


@dataclass(frozen=True)
class Again:
    """It is to be started once more, and why."""

    start: Start
    why: str
    kind: FailureKind
    manifest: Manifest | None = None


Verdict = Goes | Succeeded | Failed | Overdue | Again


class Settler:
    """Judges jobs in flight by what the service and their manifests say."""

    def __init__(self, head: Head, manifests: Manifests) -> None:
        self._head = head
        self._manifests = manifests

    def settle(self, flight: Flight, reports: Mapping[str, JobReport]) -> Verdict:
        """Return the verdict on a job, given all jobs of the run by name."""
        report = reports.get(flight.name)
        if report is None:
            return self._unseen(flight)
        flight.unseen = 0
        if not report.state.ended:
            flight.silence.end()
            return self._wait(flight, report)
        try:
            return self._ended(flight, report)
        except HeadraceError as error:
            return self._ask_again(flight, error)

    def _unseen(self, flight: Flight) -> Verdict:
        flight.unseen += 1
        if flight.unseen <= ROUNDS_UNSEEN:
            return Goes()
        return Failed(f"The service lost job {flight.name}. ", FailureKind.INFRASTRUCTURE)

    def _wait(self, flight: Flight, report: JobReport) -> Verdict:
        """Say why a job waits; give it up when it has waited too long.

        A task whose array runs waits for the tasks before it, and not for a machine.
        """
        if is_task(report.name):
            return Goes()
        now = time.monotonic()
        if flight.waiting.over(report, now):
            return Overdue(f"{flight.waiting.sentence(report, now)} Given up. ")
        news = flight.waiting.news(report, now)
        return Goes(flight.waiting.sentence(report, now) if news else "")

    def _ended(self, flight: Flight, report: JobReport) -> Verdict:
        if report.state is JobState.SUCCEEDED:
            return self._succeeded(flight, report)
        failure = self._head.service.explain(report.name)
        retries = self._head.settings.infrastructure_retries
        if failure.kind is FailureKind.INFRASTRUCTURE and flight.prepared.start.losses < retries:
            why = f"was lost ({failure.message}): a fresh VM for it"
            return Again(flight.prepared.start.after_loss(report.zone), why, failure.kind)
        return self._fail_or_escalate(flight, failure, report.machine)

    def _ask_again(self, flight: Flight, error: HeadraceError) -> Verdict:
        """Look at an ended job again later, as long as what went wrong may pass."""
        now = time.monotonic()
        flight.silence.begin(str(error), now)
        if may_pass(error) and not flight.silence.too_long(now):
            self._head.logger.warning(f"{error} Asking again.")
            return Goes()
        return Failed(f"{error} ", FailureKind.INFRASTRUCTURE)

    def _succeeded(self, flight: Flight, report: JobReport) -> Verdict:
        manifest = self._manifests.read(flight.plan.folder)
        missing = outcome.uncovered(flight.plan, manifest)
        if not missing and not manifest.problems:
            return Succeeded(manifest)
        message = f"The job's manifest does not cover {', '.join(missing)}."
        return self._fail_or_escalate(flight, Failure(FailureKind.USER, message), report.machine)

    def _fail_or_escalate(self, flight: Flight, failure: Failure, machine: str) -> Verdict:
        """Fail a job, unless it may start again with more of what ran short."""
        try:
            manifest = self._manifests.read(flight.plan.folder)
        except ObjectMissingError:
            manifest = None
        words = self._last_words(flight.plan, manifest)
        short = outcome.shortage(failure, manifest, words)
        allowed = flight.prepared.options.escalations
        if short is not None and flight.prepared.start.escalations < allowed:
            why = f"ran out of what {short.value} gives it: again with twice as much"
            return Again(flight.prepared.start.after_shortage(short), why, failure.kind, manifest)
        type_ = flight.prepared.pipeline.machine.machine_type
        described = f"{machine} ({type_})" if machine else ""
        message = outcome.failure_text(failure, manifest, described, short)
        return Failed(f"{message}{words} ", failure.kind, manifest)

    def _last_words(self, plan: Plan, manifest: Manifest | None) -> str:
        """Return the end of the log that tells most, and where the whole of it is."""
        for log in outcome.logs_to_show(plan, manifest):
            tail = self._head.folders.tail(log)
            if tail:
                lines = "\n    ".join(outcome.last_lines(tail))
                return f"\n    {lines}\n  Whole log: {log}\n "
        return ""

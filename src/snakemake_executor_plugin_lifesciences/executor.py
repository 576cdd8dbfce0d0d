"""The executor: Snakemake's hooks over a job service.

Two rules hold it together. A job that was handed over is reported or yielded in every round,
exactly once, whatever goes wrong. And success is reported only when the service says so *and* the
job's manifest vouches for every result, because Snakemake ends the whole run otherwise.
"""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Iterator
from typing import Any

from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor

from headrace.errors import HeadraceError, ServiceError, StorageError
from headrace.runs.journal import JOBS_ATTRIBUTE
from headrace.services.protocol import FailureKind, JobReport
from headrace.staging.manifest import Manifest
from snakemake_executor_plugin_lifesciences import head, interrupts, telling
from snakemake_executor_plugin_lifesciences.cancelling import Canceller
from snakemake_executor_plugin_lifesciences.deciding import Decisions
from snakemake_executor_plugin_lifesciences.dispatching import Dispatcher
from snakemake_executor_plugin_lifesciences.flights import Flight
from snakemake_executor_plugin_lifesciences.fusing import fuse
from snakemake_executor_plugin_lifesciences.listening import Listener
from snakemake_executor_plugin_lifesciences.manifests import Manifests
from snakemake_executor_plugin_lifesciences.mirrors import read_mirrors
from snakemake_executor_plugin_lifesciences.plans import display_name
from snakemake_executor_plugin_lifesciences.polling import Pace, Poller
from snakemake_executor_plugin_lifesciences.preparing import Preparer
from snakemake_executor_plugin_lifesciences.recording import record_results
from snakemake_executor_plugin_lifesciences.reporting import Reporter
from snakemake_executor_plugin_lifesciences.settling import (
    Again,
    Failed,
    Goes,
    Overdue,
    Settler,
    Succeeded,
)
from snakemake_executor_plugin_lifesciences.silence import Silence
from snakemake_executor_plugin_lifesciences.submitting import Submitter


class Executor(RemoteExecutor):
    """Runs each Snakemake job as a Pipeline of its own, or as a task of an array."""

    def __post_init__(self) -> None:
        """Connect; called by the interface once the workflow is known."""
        try:
            mirrors = read_mirrors(self.workflow.executor_settings.registry_mirrors)
            self.head = head.connect(self.workflow.executor_settings, self.logger)
            fuse(self.dag, self.head.settings, self.logger, Decisions(self.head).settle)
        except HeadraceError as error:
            raise WorkflowError(str(error)) from error
        self.settings = self.head.settings
        self.silence = Silence(self.settings.patience)
        self.preparer = Preparer(
            self.settings, self.logger, self.workflow, self.format_job_exec, mirrors
        )
        self.wake = threading.Event()
        self.over = threading.Event()
        self.submitter = Submitter(self.head)
        self.dispatcher = Dispatcher(self.head, self.submitter)
        self.poller = Poller(self.head.service, self.settings.run)
        self.pace = Pace(self.workflow.remote_execution_settings.seconds_between_status_checks)
        self.manifests = Manifests(self.head.folders, self.settings.work)
        self.settler = Settler(self.head, self.manifests)
        self.reporter = Reporter(self.logger)
        self.canceller = Canceller(self.head)
        self.listener = None
        if self.head.changes is not None:
            self.listener = Listener(self.head.changes, self.wake.set, self.logger)
        jobs = telling.known_jobs(self.dag)
        self.logger.info(f"{len(jobs)} jobs in the workflow.", extra={JOBS_ATTRIBUTE: jobs})
        if self.workflow.envvars:
            names = ", ".join(sorted(self.workflow.envvars))
            self.logger.warning(
                f"The workflow's envvars ({names}) reach jobs that run Snakemake in their VM only: "
                "give them to commands as lifesciences_secrets."
            )

    # Submission

    def run_jobs(self, jobs: list[Any]) -> None:
        """Send the jobs of a round on their way; what is wrong with one fails it and no other."""
        if self.settings.detach:
            interrupts.hear_termination_as_interrupt()
        ready = []
        for job in jobs:
            self.run_job_pre(job)
            try:
                ready.append(self.preparer.prepare(job))
            except HeadraceError as error:
                self._refuse(job, str(error))
        for flight in self.dispatcher.dispatch(ready):
            info = SubmittedJobInfo(flight.job, None, {"flight": flight})
            self.report_job_submission(info, register_job=False)

    def run_job(self, job: Any) -> None:
        """Send one job on its way; see `run_jobs`."""
        self.run_jobs([job])

    def _refuse(self, job: Any, message: str) -> None:
        """Fail a job that was never submitted, by the steps the scheduler expects."""
        info = SubmittedJobInfo(job)
        self.report_job_submission(info, register_job=False)
        with self.lock:
            self.active_jobs.remove(info)
        self._report_failure(info, f"{message} ")

    # Polling

    async def check_active_jobs(
        self, active_jobs: list[SubmittedJobInfo]
    ) -> AsyncGenerator[SubmittedJobInfo, None]:
        """Ask for all jobs of the run at once, and settle those that have ended."""
        landed = []
        for info in active_jobs:
            if not _flight(info).submitted:
                yield info
            elif self._has_landed(info):
                landed.append(info)
        reports = self._reports(landed) if landed else {}
        if reports is None and self.silence.too_long(time.monotonic()):
            for info in landed:
                self._fail(info, f"{self.silence.sentence} ", FailureKind.INFRASTRUCTURE)
            return
        for unfinished in landed if reports is None else self._settle(landed, reports):
            yield unfinished

    def _has_landed(self, info: SubmittedJobInfo) -> bool:
        """Tell whether a job is at the service; one whose submission failed is reported."""
        flight = _flight(info)
        if flight.place is not None:
            return True
        try:
            place = flight.land()
        except HeadraceError as error:
            self._fail(info, f"{error} ", FailureKind.INFRASTRUCTURE)
            return False
        except Exception as error:  # noqa: BLE001 # a bug of ours must not end the other jobs
            self._fail(info, f"Could not be submitted: {error!r}. ", FailureKind.INFRASTRUCTURE)
            return False
        info.external_jobid = place.name
        self._note(flight)
        self.reporter.submitted(flight, place)
        return True

    def _note(self, flight: Flight) -> None:
        """Let Snakemake remember the name, for a head that comes after this one."""
        try:
            flight.job.register(external_jobid=flight.name)
        except OSError as error:
            self.logger.warning(f"{flight.name} could not be noted, to be taken up later: {error}.")

    def _reports(self, infos: list[SubmittedJobInfo]) -> dict[str, JobReport] | None:
        """Return jobs and tasks by name, or None if service or storage cannot say now."""
        flights = [_flight(info) for info in infos]
        try:
            reports = self.poller.poll([flight.name for flight in flights])
            ended = {name for name, report in reports.items() if report.state.ended}
            self.manifests.expect(flight for flight in flights if flight.name in ended)
        except (ServiceError, StorageError) as error:
            self.silence.begin(str(error), time.monotonic())
            self.logger.warning(f"{error} Asking again.")
            return None
        self.silence.end()
        return reports

    def _settle(
        self, infos: list[SubmittedJobInfo], reports: dict[str, JobReport]
    ) -> Iterator[SubmittedJobInfo]:
        """Report the jobs that have ended; yield what is to be polled again."""
        lost = []
        for info in infos:
            flight = _flight(info)
            if flight.name in reports:
                self.reporter.seen(flight, reports[flight.name])
            match self.settler.settle(flight, reports):
                case Goes(news):
                    if news:
                        self.logger.info(f"Job {flight.prepared.title}: {news}")
                    yield info
                case Overdue(message):
                    self.canceller.give_up(flight.name)
                    self._fail(info, message, FailureKind.CANCELLED)
                case Succeeded(manifest):
                    self._end(flight, manifest, None)
                    record_results(info.job, manifest)
                    self.report_job_success(info)
                case Failed(message, kind, manifest):
                    self._fail(info, message, kind, manifest)
                case Again() as again:
                    lost.append((info, again))
        yield from self._restart(lost)

    def _restart(self, lost: list[tuple[SubmittedJobInfo, Again]]) -> Iterator[SubmittedJobInfo]:
        """Start jobs once more, like ones together."""
        ready = []
        for info, again in lost:
            self.logger.info(f"{info.external_jobid} {again.why}.")
            try:
                prepared = self.preparer.again(_flight(info).prepared, again.start)
            except HeadraceError as error:
                self._fail(info, f"{error} ", again.kind, again.manifest)
            else:
                self._end(_flight(info), again.manifest, again.kind)
                ready.append(prepared)
        for flight in self.dispatcher.dispatch(ready):
            yield SubmittedJobInfo(flight.job, None, {"flight": flight})

    def _fail(
        self,
        info: SubmittedJobInfo,
        message: str,
        kind: FailureKind,
        manifest: Manifest | None = None,
    ) -> None:
        self._end(_flight(info), manifest, kind)
        self._report_failure(info, message)

    def _end(self, flight: Flight, manifest: Manifest | None, failure: FailureKind | None) -> None:
        """Note that a start of a job is over."""
        self.dispatcher.forget(flight)
        self.reporter.ended(flight, manifest, failure)
        self.pace.ended(time.monotonic() - flight.begun)

    def _report_failure(self, info: SubmittedJobInfo, message: str) -> None:
        """Report an error; Snakemake itself drops the message of a group's."""
        if info.job.is_group():
            self.logger.error(f"Group {display_name(info.job)}: {message}")
        self.report_job_error(info, msg=message)

    async def sleep(self) -> None:
        """Wait until the next poll is worth it, or something wakes us."""
        pause = self.pace.pause(self.dispatcher.ages())
        await asyncio.to_thread(self.over.wait, pause.least)
        if not self.over.is_set():
            await asyncio.to_thread(self.wake.wait, pause.most - pause.least)
        self.wake.clear()

    # The end

    def cancel_jobs(self, active_jobs: list[SubmittedJobInfo]) -> None:
        """Cancel every job in flight, or leave them running where the settings say so.

        Those just being polled or submitted are not among `active_jobs`, and are in flight as well.
        """
        del active_jobs
        if not self.settings.detach:
            interrupts.leave_at_once_when_interrupted_again()
        flights = self.dispatcher.stop()
        for flight in flights:
            if flight.place is None and flight.submitted and not flight.submission.exception():
                flight.land()
                self._note(flight)
        if self.settings.detach:
            jobs = f"{len(flights)} jobs in flight"
            self.logger.info(f"Detached from {jobs}: the same command takes them up again.")
            return
        self.logger.info(f"Cancelling {len(flights)} jobs; Ctrl-C again leaves at once.")
        self.canceller.cancel(flights, self.submitter.doubtful)

    def shutdown(self) -> None:
        """End the polling without waiting for its next round."""
        self.over.set()
        self.wake.set()
        super().shutdown()
        if self.listener is not None:
            self.listener.close()


def _flight(info: SubmittedJobInfo) -> Flight:
    flight: Flight = info.aux["flight"]
    return flight

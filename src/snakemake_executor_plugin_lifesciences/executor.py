"""The executor: Snakemake's hooks over a job service.

Two rules hold it together. A job that was submitted is reported or yielded in every round,
exactly once, whatever goes wrong. And success is reported only when the service says so *and* the
job's manifest vouches for every result, because Snakemake ends the whole run otherwise.
"""

import time
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import msgspec
from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor

from headrace.errors import HeadraceError, ServiceError
from headrace.runs.journal import JOBS_ATTRIBUTE
from headrace.services.protocol import RUN_LABEL, FailureKind, JobReport
from headrace.staging.plan import Plan
from snakemake_executor_plugin_lifesciences import head, interrupts, telling
from snakemake_executor_plugin_lifesciences.flights import Flight
from snakemake_executor_plugin_lifesciences.fusing import fuse
from snakemake_executor_plugin_lifesciences.mirrors import mirrored, read_mirrors
from snakemake_executor_plugin_lifesciences.naming import job_key
from snakemake_executor_plugin_lifesciences.plans import (
    NeedsSnakemakeError,
    classic_plan,
    direct_plan,
    display_name,
    input_versions,
    members,
)
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
    """Runs each Snakemake job as one Pipeline."""

    def __post_init__(self) -> None:
        """Connect; called by the interface once the workflow is known."""
        try:
            self.mirrors = read_mirrors(self.workflow.executor_settings.registry_mirrors)
            self.head = head.connect(self.workflow.executor_settings, self.logger)
            fuse(self.dag, self.head.settings, self.logger)
        except HeadraceError as error:
            raise WorkflowError(str(error)) from error
        self.settings = self.head.settings
        self.service = self.head.service
        self.silence = Silence(self.settings.patience)
        self.submitter = Submitter(self.head, self._interrupted)
        self.settler = Settler(self.head)
        self.reporter = Reporter(self.logger)
        jobs = telling.known_jobs(self.dag)
        self.logger.info(f"{len(jobs)} jobs in the workflow.", extra={JOBS_ATTRIBUTE: jobs})
        if self.workflow.envvars:
            names = ", ".join(sorted(self.workflow.envvars))
            self.logger.warning(
                f"The workflow's envvars ({names}) reach jobs that run Snakemake in their VM only: "
                "give them to commands as lifesciences_secrets."
            )

    # Submission

    def run_job(self, job: Any) -> None:
        """Submit a job; whatever is wrong with it fails this job and no other."""
        if self.settings.detach:
            interrupts.hear_termination_as_interrupt()
        try:
            plan, key = self._plan(job)
            flight = self.submitter.submit(job, plan, key)
        except HeadraceError as error:
            self._refuse(job, str(error))
        else:
            self.report_job_submission(SubmittedJobInfo(job, flight.name, {"flight": flight}))
            self.reporter.submitted(flight)

    def _plan(self, job: Any) -> tuple[Plan, str]:
        """Return the job's plan, still without a folder, and its key."""
        try:
            plan = mirrored(direct_plan(job, self.dag), self.mirrors)
        except NeedsSnakemakeError as reason:
            self.logger.info(f"Job {display_name(job)} runs Snakemake in its VM: {reason}.")
            command = self.format_job_exec(job)
            plan = classic_plan(job, self.dag, command, self.settings.controller_image)
        return plan, job_key(msgspec.to_builtins(plan), input_versions(job), job.attempt)

    def _interrupted(self, job: Any, name: str) -> bool:
        """Tell whether an earlier head died while it waited for this very job."""
        persistence = self.workflow.persistence
        return any(name in persistence.external_jobids(member) for member in members(job))

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
        if not active_jobs:
            return
        reports = self._reports()
        if reports is None and self.silence.too_long(time.monotonic()):
            for info in active_jobs:
                self._report_failure(info, f"{self.silence.sentence} ")
            return
        for info in active_jobs:
            for unfinished in [info] if reports is None else self._settle(info, reports):
                yield unfinished

    def _reports(self) -> dict[str, JobReport] | None:
        """Return all jobs of the run by name, or None if the service cannot say now."""
        try:
            jobs = self.service.list_jobs({RUN_LABEL: self.settings.run})
            reports = {report.name: report for report in jobs}
        except ServiceError as error:
            self.silence.begin(str(error), time.monotonic())
            self.logger.warning(f"{error} Asking again.")
            return None
        self.silence.end()
        return reports

    def _settle(
        self, info: SubmittedJobInfo, reports: dict[str, JobReport]
    ) -> Iterator[SubmittedJobInfo]:
        """Report the job if it has ended; yield what is to be polled again."""
        flight: Flight = info.aux["flight"]
        if flight.name in reports:
            self.reporter.seen(flight, reports[flight.name])
        match self.settler.settle(flight, reports):
            case Goes(news):
                if news:
                    self.logger.info(f"Job {display_name(info.job)}: {news}")
                yield info
            case Overdue(message):
                self._cancel(info)
                self.reporter.ended(flight, None, FailureKind.CANCELLED)
                self._report_failure(info, message)
            case Succeeded(manifest):
                self.reporter.ended(flight, manifest, None)
                record_results(info.job, manifest)
                self.report_job_success(info)
            case Failed(message, kind, manifest):
                self.reporter.ended(flight, manifest, kind)
                self._report_failure(info, message)
            case Again() as again:
                self.reporter.ended(flight, again.manifest, again.kind)
                yield from self._restart(info, flight, again)

    def _restart(
        self, info: SubmittedJobInfo, flight: Flight, again: Again
    ) -> Iterator[SubmittedJobInfo]:
        self.logger.info(f"{info.external_jobid} {again.why}.")
        try:
            fresh = self.submitter.submit(info.job, flight.plan, flight.key, again.start)
        except HeadraceError as error:
            self._report_failure(info, f"{error} ")
            return
        info.job.register(external_jobid=fresh.name)
        self.reporter.submitted(fresh)
        yield SubmittedJobInfo(info.job, fresh.name, {"flight": fresh})

    def _report_failure(self, info: SubmittedJobInfo, message: str) -> None:
        """Report an error; Snakemake itself drops the message of a group's."""
        if info.job.is_group():
            self.logger.error(f"Group {display_name(info.job)}: {message}")
        self.report_job_error(info, msg=message)

    # Cancelling

    def cancel_jobs(self, active_jobs: list[SubmittedJobInfo]) -> None:
        """Cancel every job in flight, or leave them running where the settings say so."""
        if self.settings.detach:
            jobs = f"{len(active_jobs)} jobs in flight"
            self.logger.info(f"Detached from {jobs}: the same command takes them up again.")
            return
        interrupts.leave_at_once_when_interrupted_again()
        self.logger.info(f"Cancelling {len(active_jobs)} jobs; Ctrl-C again leaves at once.")
        for info in active_jobs:
            self._cancel(info)

    def _cancel(self, info: SubmittedJobInfo) -> None:
        """Cancel a job; one that cannot be reached does not hold up the others."""
        try:
            self.service.cancel(info.external_jobid)
        except ServiceError as error:
            self.logger.warning(f"Could not cancel {info.external_jobid}: {error}")

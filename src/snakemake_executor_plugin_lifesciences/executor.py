"""The executor: Snakemake's hooks over a job service.

Two rules hold it together. A job that was submitted is reported or yielded in every round,
exactly once, whatever goes wrong. And success is reported only when the service says so *and* the
job's manifest vouches for every result, because Snakemake ends the whole run otherwise.
"""

import time
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor

from headrace import services, storage_client
from headrace.errors import (
    AlreadyExistsError,
    HeadraceError,
    NotFoundError,
    ObjectMissingError,
    ServiceError,
    SettingsError,
    UnavailableError,
    may_pass,
)
from headrace.gcs import ObjectUri
from headrace.pipeline import Pipeline
from headrace.runs.cloudstore import CloudStore
from headrace.runs.journal import JOBS_ATTRIBUTE
from headrace.services.protocol import (
    RUN_LABEL,
    Failure,
    FailureKind,
    JobReport,
    JobState,
    ServiceName,
)
from headrace.services.retry import Backoff, retry
from headrace.staging.manifest import Manifest
from headrace.staging.plan import Plan
from snakemake_executor_plugin_lifesciences import interrupts, outcome, telling
from snakemake_executor_plugin_lifesciences.bucket import Claims, JobFolders
from snakemake_executor_plugin_lifesciences.installation import complete
from snakemake_executor_plugin_lifesciences.mirrors import mirrored, read_mirrors
from snakemake_executor_plugin_lifesciences.naming import check_run, job_id, job_key
from snakemake_executor_plugin_lifesciences.pausing import PauseGate
from snakemake_executor_plugin_lifesciences.pipelines import job_options, pipeline
from snakemake_executor_plugin_lifesciences.plans import (
    NeedsSnakemakeError,
    classic_plan,
    direct_plan,
    display_name,
    input_versions,
    members,
    written,
)
from snakemake_executor_plugin_lifesciences.silence import Silence
from snakemake_executor_plugin_lifesciences.starts import FIRST, Start
from snakemake_executor_plugin_lifesciences.waiting import Waiting

MAX_STARTS = 50
"""Submissions of one job key before we believe something is wrong with the world."""

BEGUN = datetime.now(UTC)
"""When this head began, before it looked for files: a job that ended since was in flight then."""

ROUNDS_UNSEEN = 30
"""Polls in which the service may not list a job it has accepted."""


@dataclass
class Submission:
    """A job in flight: the only state of ours between two polls."""

    plan: Plan
    key: str
    waiting: Waiting
    silence: Silence
    machine_type: str
    start: Start = FIRST
    unseen: int = 0


class Executor(RemoteExecutor):
    """Runs each Snakemake job as one Pipeline."""

    def __post_init__(self) -> None:
        """Connect; called by the interface once the workflow is known."""
        try:
            self.settings = complete(self.workflow.executor_settings)
            self.silence = Silence(self.settings.patience)
            self.backoff = Backoff(deadline=self.settings.patience)
            check_run(self.settings.run)
            self.mirrors = read_mirrors(self.settings.registry_mirrors)
            where = (self.settings.project, self.settings.storage_endpoint)
            self.folders = JobFolders(storage_client.connect(*where))
            store = CloudStore(*where)
            self.gate = PauseGate(store, ObjectUri.parse(self.settings.work).bucket)
            self.service = services.connect(
                _service_name(self.settings.service),
                project=self.settings.project,
                region=self.settings.region,
                endpoint=self.settings.endpoint,
                claim=Claims(store, self.settings.work),
                patience=min(self.settings.patience, Backoff.deadline),
            )
        except HeadraceError as error:
            raise WorkflowError(str(error)) from error
        jobs = telling.known_jobs(self.dag)
        self.logger.info(f"{len(jobs)} jobs in the workflow.", extra={JOBS_ATTRIBUTE: jobs})
        if self.workflow.envvars:
            names = ", ".join(sorted(self.workflow.envvars))
            self.logger.warning(
                f"The workflow's envvars ({names}) reach jobs that run Snakemake in their VM only: "
                "give them to commands as lifesciences_secrets."
            )

    def run_job(self, job: Any) -> None:
        """Submit a job; whatever is wrong with it fails this job and no other."""
        if self.settings.detach:
            interrupts.hear_termination_as_interrupt()
        try:
            plan, key = self._plan(job)
            info = self._submit(job, plan, key)
        except HeadraceError as error:
            self._refuse(job, str(error))
        else:
            self.report_job_submission(info)
            self._tell_submitted(info)

    def _report_failure(self, info: SubmittedJobInfo, message: str) -> None:
        """Report an error; Snakemake itself drops the message of a group's."""
        if info.job.is_group():
            self.logger.error(f"Group {display_name(info.job)}: {message}")
        self.report_job_error(info, msg=message)

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
            for unfinished in self._settle(info, reports):
                yield unfinished

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

    # Submission

    def _plan(self, job: Any) -> tuple[Plan, str]:
        """Return the job's plan, in the folder of its first start, and its key."""
        try:
            plan = mirrored(direct_plan(job, self.dag), self.mirrors)
        except NeedsSnakemakeError as reason:
            self.logger.info(f"Job {display_name(job)} runs Snakemake in its VM: {reason}.")
            command = self.format_job_exec(job)
            plan = classic_plan(job, self.dag, command, self.settings.controller_image)
        return plan, job_key(msgspec.to_builtins(plan), input_versions(job), job.attempt)

    def _submit(self, job: Any, plan: Plan, key: str, begin: Start = FIRST) -> SubmittedJobInfo:
        """Start the job, or take up the one of the same key that an earlier head started."""
        for start in range(MAX_STARTS):
            id_ = job_id(display_name(job), key, start)
            placed = msgspec.structs.replace(plan, folder=f"{self.settings.work}/{id_}")
            request = pipeline(placed, job, self.settings, begin)
            name = self._start_or_adopt(job, id_, placed, request)
            if name is not None:
                waiting = Waiting(time.monotonic(), 60 * self.settings.start_deadline)
                silence = Silence(self.settings.patience)
                type_ = request.machine.machine_type
                ours = Submission(placed, key, waiting, silence, type_, begin)
                return SubmittedJobInfo(job, name, {"ours": ours})
        raise ServiceError(
            f"Job {display_name(job)} was started {MAX_STARTS} times under the key {key}: "
            "use another run id to begin afresh."
        )

    def _start_or_adopt(self, job: Any, id_: str, plan: Plan, request: Pipeline) -> str | None:
        """Return the name of the new or adopted job, or None if the id is spent."""
        self.gate.check()
        self.folders.write_plan(plan)
        try:
            return retry(
                lambda: self.service.submit(id_, request),
                on=(UnavailableError,),
                backoff=self.backoff,
            )
        except AlreadyExistsError:
            return self._adopt(job, id_, request, plan.folder)

    def _adopt(self, job: Any, id_: str, request: Pipeline, folder: str) -> str | None:
        report = retry(  # what was created just now may not be found at once
            lambda: self.service.find(id_, {RUN_LABEL: request.labels[RUN_LABEL]}),
            on=(NotFoundError, UnavailableError),
            backoff=Backoff(),
        )
        was_in_flight = report.state is JobState.SUCCEEDED and (
            self._interrupted(job, report.name) or self.folders.ended_since(folder, BEGUN)
        )
        if report.state.ended and not was_in_flight:
            return None
        self.logger.info(f"Taking up job {id_} ({report.state.value}) of an earlier head.")
        return report.name

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

    def _tell_submitted(self, info: SubmittedJobInfo) -> None:
        """Say the service's name of the job in words, and in a form for our logger plugin."""
        jobids = [member.jobid for member in members(info.job)]
        details = {"jobids": jobids, "external_id": info.external_jobid}
        self.logger.info(
            f"Submitted {display_name(info.job)} as {info.external_jobid}.",
            extra={"headrace_submitted": details},
        )

    # Polling

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
        self, info: SubmittedJobInfo, reports: dict[str, JobReport] | None
    ) -> Iterator[SubmittedJobInfo]:
        """Report the job if it has ended; yield what is to be polled again."""
        if reports is None:
            yield info
            return
        ours: Submission = info.aux["ours"]
        report = reports.get(info.external_jobid)
        if report is None and ours.unseen < ROUNDS_UNSEEN:
            ours.unseen += 1
            yield info
        elif report is None:
            self._report_failure(info, f"The service lost job {info.external_jobid}. ")
        elif not report.state.ended:
            ours.unseen = 0
            yield from self._wait_for_start(info, ours.waiting, report)
        else:
            yield from self._finish(info, ours, report)

    def _wait_for_start(
        self, info: SubmittedJobInfo, waiting: Waiting, report: JobReport
    ) -> Iterator[SubmittedJobInfo]:
        """Say why a job waits; give it up when it has waited too long."""
        now = time.monotonic()
        if waiting.over(report, now):
            self._cancel(info)
            self._report_failure(info, f"{waiting.sentence(report, now)} Given up. ")
            return
        if waiting.news(report, now):
            self.logger.info(f"Job {display_name(info.job)}: {waiting.sentence(report, now)}")
        yield info

    def _finish(
        self, info: SubmittedJobInfo, ours: Submission, report: JobReport
    ) -> Iterator[SubmittedJobInfo]:
        try:
            if report.state is JobState.SUCCEEDED:
                yield from self._succeed(info, ours, report)
                return
            failure = self.service.explain(report.name)
            retries = self.settings.infrastructure_retries
            if failure.kind is FailureKind.INFRASTRUCTURE and ours.start.losses < retries:
                why = f"was lost ({failure.message}): a fresh VM for it"
                yield self._restart(info, ours, ours.start.after_loss(report.zone), why)
                return
            yield from self._fail_or_escalate(info, ours, failure, report.machine)
        except HeadraceError as error:
            yield from self._ask_again(info, ours.silence, error)

    def _ask_again(
        self, info: SubmittedJobInfo, silence: Silence, error: HeadraceError
    ) -> Iterator[SubmittedJobInfo]:
        """Look at an ended job again later, as long as what went wrong may pass."""
        now = time.monotonic()
        silence.begin(str(error), now)
        if may_pass(error) and not silence.too_long(now):
            self.logger.warning(f"{error} Asking again.")
            yield info
        else:
            self._report_failure(info, f"{error} ")

    def _succeed(
        self, info: SubmittedJobInfo, ours: Submission, report: JobReport
    ) -> Iterator[SubmittedJobInfo]:
        manifest = self.folders.read_manifest(ours.plan.folder)
        missing = outcome.uncovered(ours.plan, manifest)
        if missing or manifest.problems:
            message = f"The job's manifest does not cover {', '.join(missing)}."
            failure = Failure(FailureKind.USER, message)
            yield from self._fail_or_escalate(info, ours, failure, report.machine)
            return
        self._record_results(info.job, manifest)
        self.report_job_success(info)

    def _record_results(self, job: Any, manifest: Manifest) -> None:
        """Tell our storage plugin what is in the bucket now, so that it need not ask.

        That includes what is not there: a group's temporary files never leave its machine.
        """
        logs = {stored.uri: (stored,) for stored in manifest.logs}
        for file in (file for member in members(job) for file in written(member)):
            record = (
                getattr(file.storage_object, "record_stored", None) if file.is_storage else None
            )
            if record is not None:
                query = file.storage_object.query
                record(manifest.results.get(query) or logs.get(query, ()))

    def _restart(
        self, info: SubmittedJobInfo, ours: Submission, begin: Start, why: str
    ) -> SubmittedJobInfo:
        self.logger.info(f"{info.external_jobid} {why}.")
        plan = msgspec.structs.replace(ours.plan, folder="")
        again = self._submit(info.job, plan, ours.key, begin)
        info.job.register(external_jobid=again.external_jobid)
        self._tell_submitted(again)
        return again

    def _fail_or_escalate(
        self, info: SubmittedJobInfo, ours: Submission, failure: Failure, machine: str
    ) -> Iterator[SubmittedJobInfo]:
        """Report a failure, unless the job may start again with more of what ran short."""
        try:
            manifest = self.folders.read_manifest(ours.plan.folder)
        except ObjectMissingError:
            manifest = None
        words = self._last_words(ours.plan, manifest)
        short = outcome.shortage(failure, manifest, words)
        allowed = job_options(info.job, self.settings).escalations
        if short is not None and ours.start.escalations < allowed:
            why = f"ran out of what {short.value} gives it: again with twice as much"
            yield self._restart(info, ours, ours.start.after_shortage(short), why)
            return
        described = f"{machine} ({ours.machine_type})" if machine else ""
        message = outcome.failure_text(failure, manifest, described, short)
        self._report_failure(info, f"{message}{words} ")

    def _last_words(self, plan: Plan, manifest: Manifest | None) -> str:
        """Return the end of the log that tells most, and where the whole of it is."""
        for log in outcome.logs_to_show(plan, manifest):
            tail = self.folders.tail(log)
            if tail:
                lines = "\n    ".join(outcome.last_lines(tail))
                return f"\n    {lines}\n  Whole log: {log}\n "
        return ""


def _service_name(text: str) -> ServiceName:
    try:
        return ServiceName(text)
    except ValueError:
        known = " or ".join(f"'{name.value}'" for name in ServiceName)
        raise SettingsError(f"lifesciences-service is '{text}': write {known}.") from None

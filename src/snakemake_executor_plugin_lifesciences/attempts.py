"""What the journal of the run is told of a job in flight: pure."""

from datetime import UTC, datetime

from msgspec.structs import replace

from headrace.pipeline import Machine
from headrace.runs.journal import Attempt, StepUse
from headrace.services.protocol import FailureKind, JobReport, JobState
from headrace.staging.manifest import Manifest
from snakemake_executor_plugin_lifesciences.flights import Flight, Place
from snakemake_executor_plugin_lifesciences.plans import members


def submitted(flight: Flight, place: Place) -> Attempt:
    """Return the attempt of a job that the service has just accepted, or that was taken up."""
    machine = flight.prepared.pipeline.machine
    return Attempt(
        external_id=place.name,
        jobids=tuple(member.jobid for member in members(flight.job)),
        folder=place.folder,
        machine_type=machine.machine_type,
        spot=machine.spot,
        state=JobState.QUEUED.value,
        submitted=place.since,
        disk_gb=machine.boot_disk_gb + machine.disk_gb,
        work_disk_gb=machine.disk_gb,
        disk_type=machine.disk_type.value,
        public_address=machine.network is None or not machine.network.private_address,
        gpu=_gpu(machine),
        images=tuple(step.image for step in flight.prepared.plan.steps),
        adopted=place.adopted,
    )


def seen(attempt: Attempt, report: JobReport) -> Attempt:
    """Return the attempt as the service reports it now; what it does not say stays."""
    moments = report.moments
    return replace(
        attempt,
        state=report.state.value,
        submitted=moments.submitted or attempt.submitted,
        scheduled=moments.scheduled or attempt.scheduled,
        running=moments.running or attempt.running,
        ended=moments.ended or attempt.ended,
        zone=report.zone or attempt.zone,
        machine=report.machine or attempt.machine,
        detail=report.detail or attempt.detail,
        ordered=moments.ordered or attempt.ordered,
        waited=moments.waited or attempt.waited,
        pull_seconds=attempt.pull_seconds if moments.pull_seconds is None else moments.pull_seconds,
    )


def ended(
    attempt: Attempt,
    manifest: Manifest | None,
    failure: FailureKind | None,
    now: datetime | None = None,
) -> Attempt:
    """Return the attempt after its end, with what its manifest tells, if it left one."""
    over = replace(
        attempt,
        ended=attempt.ended or now or datetime.now(UTC),
        failure=None if failure is None else failure.value,
    )
    if manifest is None:
        return over
    return replace(
        over,
        steps=tuple(
            StepUse(
                name=step.name,
                exit_code=step.exit_code,
                wall_seconds=step.wall_seconds,
                cpu_seconds=step.cpu_seconds,
                peak_memory_mb=step.peak_memory_mb,
            )
            for step in manifest.steps
        ),
        bytes_in=manifest.bytes_in,
        bytes_out=manifest.bytes_out,
        staging_seconds=_sum(manifest.seconds_in, manifest.seconds_out),
        pull_seconds=_first(attempt.pull_seconds, manifest.seconds_between),
    )


def _sum(*parts: float | None) -> float | None:
    known = [part for part in parts if part is not None]
    return sum(known) if known else None


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def _gpu(machine: Machine) -> str:
    return "" if machine.gpus is None else f"{machine.gpus.type}:{machine.gpus.count}"

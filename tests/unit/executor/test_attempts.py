"""What the journal is told of a job in flight."""

from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from headrace.pipeline import Gpus
from headrace.records import convert
from headrace.runs.journal import Attempt
from headrace.services.protocol import FailureKind, JobReport, JobState, Moments
from headrace.staging.manifest import Manifest, StepRecord
from headrace.staging.plan import Plan
from snakemake_executor_plugin_lifesciences import attempts
from snakemake_executor_plugin_lifesciences.flights import Flight, Place
from snakemake_executor_plugin_lifesciences.options import JobOptions
from snakemake_executor_plugin_lifesciences.preparing import Prepared
from snakemake_executor_plugin_lifesciences.silence import Silence
from snakemake_executor_plugin_lifesciences.waiting import Waiting
from tests.unit.services.pipelines import MINIMAL

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


@dataclass
class Job:
    jobid: int = 7

    def is_group(self) -> bool:
        return False


@pytest.fixture
def attempt() -> Attempt:
    machine = replace(MINIMAL.machine, gpus=Gpus("nvidia-l4", 2), spot=True)
    prepared = Prepared(
        job=Job(),
        title="align",
        plan=Plan("", (), (), (), ()),
        key="0123",
        pipeline=replace(MINIMAL, machine=machine),
        options=JobOptions(),
    )
    flight = Flight(prepared, Future(), Waiting(0, 60), Silence(60))
    name = "projects/p/locations/l/jobs/align-0"
    return attempts.submitted(flight, Place(name, "gs://results/work/r/align-0", NOW, adopted=True))


def test_a_submission_tells_job_machine_and_folder(attempt: Attempt) -> None:
    assert (attempt.jobids, attempt.adopted, attempt.spot) == ((7,), True, True)
    assert (attempt.gpu, attempt.folder) == ("nvidia-l4:2", "gs://results/work/r/align-0")
    machine = MINIMAL.machine
    assert attempt.disk_gb == machine.boot_disk_gb + machine.disk_gb
    assert (attempt.work_disk_gb, attempt.disk_type) == (machine.disk_gb, "pd-balanced")
    assert attempt.public_address  # there is no network in which to be without


def test_what_a_report_does_not_say_stays(attempt: Attempt) -> None:
    running = Moments(submitted=NOW - timedelta(seconds=5), running=NOW)
    first = JobReport("n", "j", JobState.RUNNING, "why", "vm-1", "z-a", running)
    told = attempts.seen(attempts.seen(attempt, first), JobReport("n", "j", JobState.SUCCEEDED))
    assert told.state == "succeeded"
    assert (told.submitted, told.running) == (running.submitted, NOW)
    assert (told.machine, told.zone, told.detail) == ("vm-1", "z-a", "why")


def test_an_end_tells_what_the_manifest_measured_and_survives_the_log(attempt: Attempt) -> None:
    manifest = Manifest((StepRecord("align", 1, 2.5, 2.0, 90.0),), {}, (), ("no",), 10, 20)
    told = attempts.ended(attempt, manifest, FailureKind.USER, NOW)
    assert (told.ended, told.failure) == (NOW, "user")
    assert (told.steps[0].peak_memory_mb, told.bytes_in, told.bytes_out) == (90.0, 10, 20)
    assert convert(msgspec.to_builtins(told), Attempt, "log") == told


def test_a_job_without_a_manifest_ends_all_the_same(attempt: Attempt) -> None:
    told = attempts.ended(attempt, None, FailureKind.INFRASTRUCTURE, NOW)
    assert (told.ended, told.failure, told.steps) == (NOW, "infrastructure", ())

"""Jobs and bills on disk: what is kept, what is not, and what a restart makes of it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from localcloud.errors import LocalCloudError
from localcloud.jobs.archive import Archive
from localcloud.jobs.bill import VmUse
from localcloud.jobs.codec import encode
from localcloud.jobs.events import CustomEvent, Delayed, Loss, Worker, WorkerAssigned
from localcloud.jobs.job import Ending, Job, JobName
from localcloud.jobs.recovery import REASON
from localcloud.jobs.spec import Api
from localcloud.jobs.states import JobState, TaskState
from localcloud.jobs.store import JobStore
from localcloud.wire.batch_reply import job_message, task_message
from localcloud.wire.batch_request import parse_job
from localcloud.wire.lifesciences_reply import operation
from localcloud.wire.lifesciences_request import parse_run_request

NOW = datetime(2026, 1, 31, 12, 0, 0, 5, tzinfo=UTC)
WORKER = Worker("vm", "1", "us-central1-a", "e2-medium")
RESOURCE = "projects/p/secrets/s/versions/1"


def batch_job(sequence: int = 1) -> Job:
    environment = {"variables": {"A": "b"}, "secretVariables": {"TOKEN": RESOURCE}}
    spec = {
        "runnables": [{"script": {"text": "true"}, "environment": environment}],
        "maxRetryCount": 2,
        "lifecyclePolicies": [
            {"action": "RETRY_TASK", "actionCondition": {"exitCodes": [50001]}},
        ],
    }
    message, parsed = parse_job(
        {"taskGroups": [{"taskSpec": spec, "taskCount": 3}]}, "us-central1", {RESOURCE: "hush"}
    )
    name = JobName("p", "us-central1", f"j{sequence}")
    return Job(name, f"uid{sequence}", sequence, parsed, message, {"a": "b"}, NOW)


def run_first_task(job: Job, ended: TaskState | None) -> None:
    job.move(NOW, JobState.SCHEDULED)
    job.record(NOW, WorkerAssigned(WORKER))
    job.delay(NOW, "no room", "CPUS")
    job.move_task(NOW, 0, TaskState.ASSIGNED, worker=WORKER)
    job.move_task(NOW, 0, TaskState.RUNNING)
    job.record_of_task(NOW, 0, CustomEvent(0, "half done"))
    job.move(NOW, JobState.RUNNING)
    if ended is not None:
        job.move_task(NOW, 0, ended, exit_code=50001, loss=Loss.PREEMPTED)


def replies(job: Job) -> list[dict[str, Any]]:
    return [job_message(job), *(task_message(job, task) for task in job.tasks)]


def restored(directory: Path) -> JobStore:
    archive = Archive(directory / "jobs.db")
    store = JobStore(archive)
    store.restore(NOW)
    archive.close()
    return store


@pytest.fixture
def archive(tmp_path: Path) -> Any:
    archive = Archive(tmp_path / "jobs.db")
    yield archive
    archive.close()


def test_an_ended_job_answers_the_same_after_a_restart(archive: Archive, tmp_path: Path) -> None:
    job = batch_job()
    run_first_task(job, TaskState.FAILED)
    job.skip_pending(NOW)
    job.move(NOW, JobState.FAILED)
    JobStore(archive).add(job)
    archive.keep(job)
    store = restored(tmp_path)
    kept = store.get(Api.BATCH, job.name)
    assert kept is not None
    assert replies(kept) == replies(job)
    assert any(isinstance(event.what, Delayed) for event in kept.events)
    assert store.next_sequence() == 2


def test_values_of_variables_are_not_kept(archive: Archive, tmp_path: Path) -> None:
    archive.keep(batch_job())
    assert not any(b"hush" in file.read_bytes() for file in tmp_path.iterdir())


def test_a_job_that_was_running_has_lost_its_machine(archive: Archive, tmp_path: Path) -> None:
    job = batch_job()
    run_first_task(job, None)
    archive.keep(job)
    kept = restored(tmp_path).get(Api.BATCH, job.name)
    assert kept is not None
    assert [task.state for task in kept.tasks] == [
        TaskState.FAILED,
        TaskState.UNEXECUTED,
        TaskState.UNEXECUTED,
    ]
    assert kept.tasks[0].exit_code == 50002
    assert job_message(kept)["status"]["statusEvents"][-1]["description"].endswith(REASON)
    again = restored(tmp_path).get(Api.BATCH, job.name)
    assert again is not None
    assert replies(again) == replies(kept), "once is enough"


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (JobState.CANCELLATION_IN_PROGRESS, JobState.CANCELLED),
        (JobState.DELETION_IN_PROGRESS, None),
    ],
)
def test_what_was_asked_for_is_carried_out_at_the_next_start(
    archive: Archive, tmp_path: Path, state: JobState, after: JobState | None
) -> None:
    job = batch_job()
    job.move(NOW, state)
    archive.keep(job)
    kept = restored(tmp_path).get(Api.BATCH, job.name)
    assert (kept.state if kept else None) is after


def test_an_operation_that_was_running_ends_as_unavailable(
    archive: Archive, tmp_path: Path
) -> None:
    request = {"actions": [{"imageUri": "x"}], "resources": {"regions": ["us-central1"]}}
    message, spec = parse_run_request({"pipeline": request})
    job = Job(JobName("p", "us-central1", "1"), "1", 1, spec, message, {}, NOW)
    archive.keep(job)
    kept = restored(tmp_path).get(Api.LIFE_SCIENCES, job.name)
    assert kept is not None
    assert kept.ending is Ending.LOST
    assert operation(kept)["error"]["code"] == 14
    assert REASON in operation(kept)["error"]["message"]


def test_the_bill_is_kept_and_all_can_be_forgotten(archive: Archive) -> None:
    use = VmUse("batch", "j", {"a": "b"}, "e2-medium", True, 61.5)
    archive.keep_use(use)
    archive.keep(batch_job())
    assert list(archive.uses()) == [use]
    archive.clear()
    assert list(archive.uses()) == []
    assert list(archive.jobs()) == []


def test_a_file_that_is_no_database_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "jobs.db").write_text("no database at all, whatever its name says " * 40)
    with pytest.raises(LocalCloudError, match=r"jobs\.db cannot be used: .*; remove it"):
        Archive(tmp_path / "jobs.db")


def test_what_is_no_record_is_refused() -> None:
    with pytest.raises(TypeError, match="cannot be kept as JSON"):
        encode(object())

"""Ordered faults, seen through the official client."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from googleapiclient.errors import HttpError

from localcloud.errors import LocalCloudError
from localcloud.testing import LocalCloud
from tests.contract.localcloud.conftest import wait_until

PARENT = "projects/lab/locations/us-central1"
TRUE = {"script": {"text": "true"}}
SLEEP = {"script": {"text": "sleep 600"}}


@pytest.fixture
def faulty(cloud: LocalCloud) -> Iterator[LocalCloud]:
    yield cloud
    cloud.clear_faults()


def exit_codes(task: dict[str, Any]) -> list[int]:
    events = task["status"].get("statusEvents", [])
    return [e["taskExecution"]["exitCode"] for e in events if "taskExecution" in e]


def status(error: pytest.ExceptionInfo[HttpError]) -> str:
    return str(json.loads(error.value.content)["error"]["status"])


def test_the_nth_call_of_a_method_fails_with_the_code(faulty: LocalCloud, jobs: Any) -> None:
    faulty.order_fault(method="batch.jobs.get", do="error", code="RESOURCE_EXHAUSTED", nth=2)
    job = jobs.submit(TRUE)
    jobs.get(job["name"])
    with pytest.raises(HttpError) as caught:
        jobs.get(job["name"])
    assert (caught.value.resp.status, status(caught)) == (429, "RESOURCE_EXHAUSTED")
    jobs.get(job["name"])


def test_a_call_that_fails_has_not_acted(faulty: LocalCloud, jobs: Any) -> None:
    faulty.order_fault(method="batch.jobs.create", do="error", code="UNAVAILABLE")
    with pytest.raises(HttpError) as caught:
        jobs.submit(TRUE, job_id="never-made")
    assert status(caught) == "UNAVAILABLE"
    jobs.submit(TRUE, job_id="never-made")


def test_a_dropped_reply_comes_after_the_act(faulty: LocalCloud, jobs: Any) -> None:
    faulty.order_fault(method="batch.jobs.create", do="drop-reply", times=5)
    with pytest.raises(OSError, match=r"reset|closed|without response"):
        jobs.submit(TRUE, job_id="made-all-the-same")
    faulty.clear_faults()
    with pytest.raises(HttpError) as caught:
        jobs.submit(TRUE, job_id="made-all-the-same")
    assert status(caught) == "ALREADY_EXISTS"


def test_an_empty_reply_is_200_with_nothing(faulty: LocalCloud, call: Any, jobs: Any) -> None:
    job = jobs.submit(TRUE)
    faulty.order_fault(method="batch.jobs.g*", do="empty-reply")
    url = f"{faulty.url}/v1/{job['name']}"
    assert call("GET", url) == (200, "")
    assert json.loads(call("GET", url)[1])["name"] == job["name"]


def test_a_list_can_be_empty_for_a_while(faulty: LocalCloud, call: Any, jobs: Any) -> None:
    job = jobs.submit(TRUE)
    faulty.order_fault(method="batch.tasks.list", do="empty-list", times=2)
    url = f"{faulty.url}/v1/{job['name']}/taskGroups/group0/tasks"
    assert [json.loads(call("GET", url)[1]) for _ in range(2)] == [{}, {}]
    assert len(json.loads(call("GET", url)[1])["tasks"]) == 1


def test_a_spot_preemption_while_running_is_50001_and_the_task_is_tried_again(
    faulty: LocalCloud, jobs: Any, tmp_path: Path
) -> None:
    faulty.order_fault(job="preempted-once", do="preempt")
    wait_for_flag = f"until test -e {tmp_path}/flag; do sleep 0.05; done"
    job = jobs.submit(
        {"script": {"text": wait_for_flag}},
        job_id="preempted-once",
        taskSpec={"maxRetryCount": 1},
    )
    wait_until(lambda: jobs.task(job), lambda task: exit_codes(task) == [50001])
    (tmp_path / "flag").touch()
    done = jobs.finish(job)
    assert done["status"]["state"] == "SUCCEEDED"
    task = jobs.task(done)
    assert exit_codes(task) == [50001]
    texts = [event["description"] for event in task["status"]["statusEvents"]]
    lost = next(text for text in texts if "50001" in text)
    assert lost.startswith("Task state is updated from RUNNING to FAILED on zones/us-central1-a/")
    assert lost.endswith("due to Spot VM preemption with exit code 50001.")
    machines = {text.partition("instances/")[2].split(".")[0].split()[0] for text in texts}
    assert len(machines) == 2, "a lost machine is not used again"


def test_a_machine_lost_before_it_boots_fails_a_job_that_never_ran(
    faulty: LocalCloud, jobs: Any
) -> None:
    faulty.order_fault(job="unborn", do="preempt", **{"while": "booting"})
    done = jobs.run(TRUE, job_id="unborn")
    assert done["status"]["state"] == "FAILED"
    texts = [event["description"] for event in done["status"]["statusEvents"]]
    assert any("Job state is set from SCHEDULED to FAILED" in text for text in texts)
    assert exit_codes(jobs.task(done)) == [50001]


@pytest.mark.parametrize(
    ("do", "code", "text"),
    [
        ("report-timeout", 10, "The assigned worker has failed to complete the operation"),
        ("recreate", 14, "Execution failed: VM stopped unexpectedly"),
    ],
)
def test_an_operation_tells_how_its_worker_was_lost(
    faulty: LocalCloud, operations: Any, do: str, code: int, text: str
) -> None:
    faulty.order_fault(job="*", labels={"fate": do}, do=do)
    done = operations.run({"imageUri": "x", "commands": ["sleep", "600"]}, labels={"fate": do})
    assert done["error"] == {"code": code, "message": text}


@pytest.mark.parametrize(
    ("do", "code"),
    [("report-timeout", 50002), ("reboot", 50003), ("unresponsive", 50004), ("recreate", 50006)],
)
def test_every_loss_has_its_exit_code(faulty: LocalCloud, jobs: Any, do: str, code: int) -> None:
    faulty.order_fault(job=f"lost-{code}", do=do)
    done = jobs.run(SLEEP, job_id=f"lost-{code}")
    assert exit_codes(jobs.task(done)) == [code]


def test_a_lost_worker_ends_an_operation_with_code_14(faulty: LocalCloud, operations: Any) -> None:
    faulty.order_fault(job="*", labels={"fate": "lost"}, do="preempt")
    done = operations.run({"imageUri": "x", "commands": ["sleep", "600"]}, labels={"fate": "lost"})
    assert done["error"] == {"code": 14, "message": "Execution failed: worker was terminated"}


def test_a_job_can_fail_before_any_task(faulty: LocalCloud, jobs: Any) -> None:
    reason = "Job gets non-retryable information Batch Error: code - CODE_GCE_INVALID_FIELD_VALUE"
    faulty.order_fault(job="refused", do="fail-before-tasks", reason=reason)
    done = jobs.run(TRUE, job_id="refused")
    assert done["status"]["state"] == "FAILED"
    assert reason in done["status"]["statusEvents"][-1]["description"]
    assert jobs.task(done)["status"]["state"] == "UNEXECUTED"


def test_a_stalled_job_waits_until_it_is_cancelled(faulty: LocalCloud, jobs: Any) -> None:
    faulty.order_fault(job="stalled", do="stall", reason="waiting for the moon")
    job = jobs.submit(TRUE, job_id="stalled")
    job = wait_until(lambda: jobs.get(job["name"]), lambda each: "statusEvents" in each["status"])
    assert job["status"]["state"] == "QUEUED"
    assert "waiting for the moon" in job["status"]["statusEvents"][0]["description"]
    jobs.await_operation(jobs.api.cancel(name=job["name"], body={}).execute())
    assert jobs.get(job["name"])["status"]["state"] == "CANCELLED"


def test_a_job_that_waits_for_quota_is_scheduled_and_says_so(faulty: LocalCloud, jobs: Any) -> None:
    faulty.order_fault(job="no-room", do="quota-stall", reason="no C2_CPUS left")
    job = jobs.reach(jobs.submit(TRUE, job_id="no-room"), "SCHEDULED")
    text = jobs.get(job["name"])["status"]["statusEvents"][1]["description"]
    assert text.endswith("code - CODE_GCE_QUOTA_EXCEEDED, description - no C2_CPUS left")


def test_a_service_account_without_its_role_leaves_a_job_scheduled_without_a_word(
    faulty: LocalCloud, jobs: Any
) -> None:
    faulty.order_fault(job="no-role", do="role-stall")
    job = jobs.reach(jobs.submit(TRUE, job_id="no-role"), "SCHEDULED")
    assert len(job["status"]["statusEvents"]) == 1


def test_a_lost_log_is_not_there_when_the_job_has_ended(faulty: LocalCloud, jobs: Any) -> None:
    faulty.order_fault(job="no-log", do="lose-log")
    done = jobs.run({"script": {"text": "echo said"}}, job_id="no-log")
    assert done["status"]["state"] == "SUCCEEDED"
    with pytest.raises(FileNotFoundError):
        jobs.output(done)


def test_orders_are_listed_with_what_they_saw_and_cleared(
    faulty: LocalCloud, call: Any, jobs: Any
) -> None:
    faulty.order_fault(method="batch.jobs.list", do="delay", seconds=0, nth=2, times=1)
    url = f"{faulty.url}/_localcloud/faults"

    def listed() -> list[tuple[int, bool]]:
        return [(f["seen"], f["spent"]) for f in json.loads(call("GET", url)[1])["faults"]]

    assert listed() == [(0, False)]
    jobs.api.list(parent=PARENT).execute()
    jobs.api.list(parent=PARENT).execute()
    assert listed() == [(2, True)]
    faulty.clear_faults()
    assert listed() == []


def test_an_order_that_makes_no_sense_is_refused(faulty: LocalCloud) -> None:
    with pytest.raises(LocalCloudError, match=r"did you mean 'batch\.jobs\.create'"):
        faulty.order_fault(method="batch.job.create", do="error")

"""Batch v1 through google-api-python-client: real runnables, real logs."""

import json
from typing import Any

import pytest
from googleapiclient.errors import HttpError

from tests.contract.localcloud.conftest import executed, wait_until

PARENT = "projects/lab/locations/us-central1"
DISK = {"deviceName": "work", "newDisk": {"sizeGb": "10"}}
VOLUME = {"deviceName": "work", "mountPath": "/mnt/disks/work"}
ON_DISK = {"allocationPolicy": {"instances": [{"policy": {"disks": [DISK]}}]}}


def script(text: str, **fields: Any) -> dict[str, Any]:
    return {"script": {"text": text}, **fields}


def container(*commands: str, **fields: Any) -> dict[str, Any]:
    return {"container": {"imageUri": "bash", "commands": list(commands), **fields}}


def descriptions(message: dict[str, Any]) -> list[str]:
    return [event["description"] for event in message["status"]["statusEvents"]]


def moves(job: dict[str, Any]) -> list[str]:
    """The state changes of a job, as `A to B`."""
    return [text.split(" set from ")[1].split(" for job")[0] for text in descriptions(job)]


def exit_codes(task: dict[str, Any]) -> list[int]:
    events = task["status"]["statusEvents"]
    return [e["taskExecution"]["exitCode"] for e in events if "taskExecution" in e]


def refusal(error: pytest.ExceptionInfo[HttpError]) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(error.value.content)["error"]
    return message


def test_a_job_goes_through_its_states_in_order(jobs: Any) -> None:
    created = jobs.submit(script("echo hello"), job_id="in-order")
    assert created["status"]["state"] == "QUEUED"
    done = jobs.finish(created)
    assert done["status"]["state"] == "SUCCEEDED"
    assert moves(done) == ["QUEUED to SCHEDULED", "SCHEDULED to RUNNING", "RUNNING to SUCCEEDED"]
    assert done["status"]["taskGroups"]["group0"]["counts"] == {"SUCCEEDED": "1"}
    assert jobs.output(done) == "hello\n"
    assert descriptions(done)[0].startswith(
        "Job state is set from QUEUED to SCHEDULED for job projects/"
    )


def test_the_same_id_twice_is_already_exists(jobs: Any) -> None:
    jobs.submit(script("true"), job_id="twice")
    with pytest.raises(HttpError) as caught:
        jobs.submit(script("true"), job_id="twice")
    assert refusal(caught)["code"] == 409
    assert refusal(caught)["status"] == "ALREADY_EXISTS"


def test_without_an_id_the_service_makes_one(jobs: Any) -> None:
    created = jobs.submit(script("true"))
    assert created["name"].startswith(f"{PARENT}/jobs/j-")


def test_each_task_of_an_array_knows_its_index_and_the_count(jobs: Any) -> None:
    done = jobs.run(script("echo $BATCH_TASK_INDEX of $BATCH_TASK_COUNT"), taskCount=3)
    assert [jobs.output(done, task) for task in range(3)] == ["0 of 3\n", "1 of 3\n", "2 of 3\n"]


def test_task_environments_set_the_count_and_a_runnable_outweighs_them(jobs: Any) -> None:
    done = jobs.run(
        script("echo $A $B $C", environment={"variables": {"C": "runnable"}}),
        taskSpec={"environment": {"variables": {"A": "all", "B": "all"}}},
        taskEnvironments=[{"variables": {"B": each, "C": "task"}} for each in ("x", "y")],
    )
    assert [jobs.output(done, task) for task in (0, 1)] == ["all x runnable\n", "all y runnable\n"]


def test_one_failed_task_fails_the_job_and_the_others_still_run(jobs: Any) -> None:
    done = jobs.run(script("exit $BATCH_TASK_INDEX"), taskCount=3, parallelism=1)
    assert done["status"]["state"] == "FAILED"
    assert done["status"]["taskGroups"]["group0"]["counts"] == {"SUCCEEDED": "1", "FAILED": "2"}
    task = jobs.task(done, 1)
    assert task["status"]["state"] == "FAILED"
    assert exit_codes(task) == [1]
    text = descriptions(done)[-1]
    assert "Specifically, task with index 1 failed due to the following task event: " in text
    assert descriptions(task)[-1] in text


def test_after_a_failure_only_always_run_runnables_run(jobs: Any) -> None:
    done = jobs.run(script("exit 3"), script("echo no"), script("echo yes; exit 4", alwaysRun=True))
    assert jobs.output(done, runnable=2) == "yes\n"
    assert exit_codes(jobs.task(done)) == [3], "the first failing runnable counts"
    with pytest.raises(FileNotFoundError):
        jobs.output(done, runnable=1)


def test_ignored_and_background_runnables_fail_nothing(jobs: Any) -> None:
    done = jobs.run(
        script("exit 3", ignoreExitStatus=True),
        script("sleep 600", background=True),
        script("echo end"),
    )
    assert done["status"]["state"] == "SUCCEEDED"
    assert "taskExecution" not in jobs.task(done)["status"]["statusEvents"][-1]


def test_a_failed_task_is_tried_again_on_the_same_disk(jobs: Any) -> None:
    done = jobs.run(
        container(
            "bash",
            "-c",
            "echo try >> /mnt/disks/work/tries; test $(wc -l < /mnt/disks/work/tries) = 3",
        ),
        taskSpec={"maxRetryCount": 5, "volumes": [VOLUME]},
        job=ON_DISK,
    )
    assert done["status"]["state"] == "SUCCEEDED"
    assert exit_codes(jobs.task(done)) == [1, 1]
    assert len(moves(done)) == 3, "a retry adds no event to the job"


@pytest.mark.parametrize(
    ("action", "attempts"), [("RETRY_TASK", 1), ("FAIL_TASK", 3)], ids=["not-listed", "not-listed"]
)
def test_a_lifecycle_policy_decides_by_exit_code(jobs: Any, action: str, attempts: int) -> None:
    policy = {"action": action, "actionCondition": {"exitCodes": [50001]}}
    done = jobs.run(script("exit 9"), taskSpec={"maxRetryCount": 2, "lifecyclePolicies": [policy]})
    assert exit_codes(jobs.task(done)) == [9] * attempts


def test_a_task_over_its_run_time_ends_with_50005_and_runs_nothing_more(jobs: Any) -> None:
    done = jobs.run(
        script("sleep 600"),
        script("echo late", alwaysRun=True),
        taskSpec={"maxRunDuration": "0.3s"},
    )
    task = jobs.task(done)
    assert exit_codes(task) == [50005]
    assert (
        "due to task runs over the maximum runtime with exit code 50005" in descriptions(task)[-1]
    )
    with pytest.raises(FileNotFoundError):
        jobs.output(done, runnable=1)


def test_a_runnable_over_its_own_timeout_ends_with_50005_but_always_run_follows(jobs: Any) -> None:
    done = jobs.run(script("sleep 600", timeout="0.2s"), script("echo after", alwaysRun=True))
    assert exit_codes(jobs.task(done)) == [50005]
    assert jobs.output(done, runnable=1) == "after\n"


def test_cancelling_is_an_operation_and_the_job_ends_cancelled(jobs: Any) -> None:
    job = jobs.submit(script("sleep 600"), taskCount=3, parallelism=1)
    jobs.reach(job, "RUNNING")
    operation = jobs.api.cancel(name=job["name"], body={}).execute()
    assert operation["metadata"]["target"] == job["name"]
    done = jobs.await_operation(operation)
    assert done["response"]["@type"].endswith("CancelJobResponse")
    job = jobs.get(job["name"])
    assert moves(job)[-2:] == [
        "RUNNING to CANCELLATION_IN_PROGRESS",
        "CANCELLATION_IN_PROGRESS to CANCELLED",
    ]
    assert job["status"]["taskGroups"]["group0"]["counts"] == {"FAILED": "1", "UNEXECUTED": "2"}
    assert jobs.api.cancel(name=job["name"], body={}).execute()["done"], "again: accepted"


def test_deleting_a_running_job_ends_it_and_forgets_it(jobs: Any) -> None:
    job = jobs.submit(script("sleep 600"), job_id="to-delete")
    jobs.reach(job, "RUNNING")
    operation = jobs.api.delete(name=job["name"], reason="test").execute()
    jobs.await_operation(operation)
    with pytest.raises(HttpError) as caught:
        jobs.get(job["name"])
    assert refusal(caught)["status"] == "NOT_FOUND"
    assert jobs.submit(script("true"), job_id="to-delete")["uid"] != job["uid"]


def test_container_volumes_bind_folders_of_the_tasks_disks(jobs: Any) -> None:
    done = jobs.run(
        container("bash", "-c", "mkdir /mnt/disks/work/in; echo inside > /mnt/disks/work/in/file"),
        container("cat", "/data/file", volumes=["/mnt/disks/work/in:/data:ro"]),
        script("cat /mnt/disks/work/in/file"),
        taskSpec={"volumes": [VOLUME]},
        job=ON_DISK,
    )
    assert [jobs.output(done, runnable=n) for n in (1, 2)] == ["inside\n", "inside\n"]


def test_a_script_may_name_its_interpreter(jobs: Any) -> None:
    done = jobs.run(script("#!/usr/bin/env python3\nprint(6 * 7)"))
    assert jobs.output(done) == "42\n"


def test_jobs_are_listed_by_label_and_state_in_every_location(jobs: Any) -> None:
    made = [jobs.run(script("true"), job={"labels": {"job-id": "listed"}}) for _ in range(3)]
    jobs.run(script("true"), job={"labels": {"job-id": "other"}})
    wanted = '(labels."job-id" = "listed") AND (status.state="SUCCEEDED" OR status.state="RUNNING")'
    first = jobs.api.list(parent="projects/lab/locations/-", filter=wanted, pageSize=2).execute()
    token = first["nextPageToken"]
    second = jobs.api.list(
        parent="projects/lab/locations/-", filter=wanted, pageSize=2, pageToken=token
    ).execute()
    names = [job["name"] for job in first["jobs"] + second["jobs"]]
    assert names == [job["name"] for job in reversed(made)], "newest first"
    assert "nextPageToken" not in second


def test_jobs_are_listed_by_name_in_pages(jobs: Any) -> None:
    parent = "projects/by-name/locations/us-central1"
    body = {"taskGroups": [{"taskSpec": {"runnables": [script("true")]}}]}
    for job_id in ("b", "c", "a"):
        jobs.api.create(parent=parent, jobId=job_id, body=body).execute()
    first = jobs.api.list(parent=parent, orderBy="name", pageSize=2).execute()
    token = first["nextPageToken"]
    rest = jobs.api.list(parent=parent, orderBy="name", pageSize=2, pageToken=token).execute()
    names = [job["name"].rpartition("/")[2] for job in first["jobs"] + rest["jobs"]]
    assert names == ["a", "b", "c"]


def test_tasks_are_listed_by_state_and_in_pages(jobs: Any) -> None:
    done = jobs.run(script("exit $((BATCH_TASK_INDEX % 2))"), taskCount=5)
    group = f"{done['name']}/taskGroups/group0"
    failed = jobs.tasks.list(parent=group, filter="State=FAILED").execute()["tasks"]
    assert [task["name"].rpartition("/")[2] for task in failed] == ["1", "3"]
    first = jobs.tasks.list(parent=group, pageSize=3).execute()
    rest = jobs.tasks.list(parent=group, pageSize=3, pageToken=first["nextPageToken"]).execute()
    assert len(first["tasks"]) + len(rest["tasks"]) == 5


def test_a_machine_larger_than_the_quota_waits_and_says_why(jobs: Any) -> None:
    big = {"allocationPolicy": {"instances": [{"policy": {"machineType": "c2-standard-30"}}]}}
    job = jobs.submit(script("true"), job=big)
    job = wait_until(
        lambda: jobs.get(job["name"]), lambda each: len(each["status"].get("statusEvents", [])) > 1
    )
    assert job["status"]["state"] == "SCHEDULED"
    assert "CODE_GCE_QUOTA_EXCEEDED" in descriptions(job)[1]
    assert "C2_CPUS in us-central1" in descriptions(job)[1]
    jobs.await_operation(jobs.api.cancel(name=job["name"], body={}).execute())


@pytest.mark.parametrize(
    ("job", "field"),
    [
        ({"nonsense": 1}, "job"),
        ({"taskGroups": [{"taskSpec": {"runables": []}}]}, "job.task_groups[0].task_spec"),
        ({"taskGroups": []}, "job.task_groups"),
        ({"priority": 100}, "job.priority"),
        ({"taskGroups": [{"schedulingPolicy": "LATER"}]}, "job.task_groups[0].scheduling_policy"),
        (
            {"allocationPolicy": {"location": {"allowedLocations": ["regions/europe-west4"]}}},
            "job.allocation_policy.location.allowed_locations[0]",
        ),
    ],
)
def test_a_wrong_job_is_refused_naming_the_field(
    jobs: Any, job: dict[str, Any], field: str
) -> None:
    body = {"taskGroups": [{"taskSpec": {"runnables": [script("true")]}}]} | job
    with pytest.raises(HttpError) as caught:
        jobs.api.create(parent=PARENT, body=body).execute()
    message = refusal(caught)
    assert (message["code"], message["status"]) == (400, "INVALID_ARGUMENT")
    assert [v["field"] for v in message["details"][0]["fieldViolations"]] == [field]


def test_integer_enums_and_empty_maps_are_accepted(jobs: Any) -> None:
    done = jobs.run(
        script("true", environment={}, labels={}), schedulingPolicy=1, job={"labels": {}}
    )
    assert done["taskGroups"][0]["schedulingPolicy"] == "AS_SOON_AS_POSSIBLE"


@pytest.mark.parametrize("job_id", ["Upper", "1digit", "ends-", "a" * 64])
def test_a_malformed_id_is_refused(jobs: Any, job_id: str) -> None:
    with pytest.raises(HttpError) as caught:
        jobs.submit(script("true"), job_id=job_id)
    assert refusal(caught)["details"][0]["fieldViolations"][0]["field"] == "job_id"


def test_operations_are_filtered_by_state_and_verb(jobs: Any) -> None:
    job = jobs.submit({"script": {"text": "sleep 600"}})
    cancelled = executed(jobs.api.cancel(name=job["name"], body={}))
    jobs.await_operation(cancelled)

    def listed(expression: str) -> list[str]:
        page = executed(jobs.operations.list(name=PARENT, filter=expression))
        return [each["name"] for each in page.get("operations", [])]

    mine = f'metadata.target = "{job["name"]}"'
    assert listed(f'{mine} AND metadata.verb = "cancel" AND done = true') == [cancelled["name"]]
    assert listed(f"{mine} AND done = false") == []
    with pytest.raises(HttpError, match="unknown field 'state'"):
        listed("state = 1")

"""Machines that take their time, go away and cost money, on a fast clock."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from localcloud.testing import LocalCloud

SCALE = 1000
OPTIONS = ["--realistic", f"--time-scale={SCALE}", "--preemptions-per-hour=6", "--seed=1"]


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud.start(options=OPTIONS) as running:
        yield running


@pytest.fixture
def url(cloud: LocalCloud) -> str:
    return cloud.url


def submit(call: Any, url: str, job_id: str, script: str, **more: Any) -> None:
    policy = {"machineType": "n2-standard-2", "provisioningModel": more.pop("model", "STANDARD")}
    body = {
        "labels": {"run": job_id},
        "taskGroups": [{"taskSpec": {"runnables": [{"script": {"text": script}}], **more}}],
        "allocationPolicy": {"instances": [{"policy": policy}]},
    }
    path = f"/v1/projects/p/locations/us-central1/jobs?jobId={job_id}"
    status, text = call("POST", url + path, body)
    assert status == 200, text


def finish(call: Any, url: str, job_id: str) -> dict[str, Any]:
    path = f"/v1/projects/p/locations/us-central1/jobs/{job_id}"
    while True:
        job: dict[str, Any] = json.loads(call("GET", url + path)[1])
        if job["status"]["state"] in {"SUCCEEDED", "FAILED"}:
            return job


def seconds_between(job: dict[str, Any], first: str, second: str) -> float:
    times = {
        event["description"].split(" to ")[1].split()[0]: datetime.fromisoformat(event["eventTime"])
        for event in job["status"]["statusEvents"]
    }
    return (times[second] - times[first]).total_seconds()


def test_a_machine_takes_its_time_to_boot(call: Any, url: str) -> None:
    submit(call, url, "boots", "true")
    job = finish(call, url, "boots")
    assert seconds_between(job, "SCHEDULED", "RUNNING") >= 60


def test_a_spot_machine_is_preempted_sooner_or_later(call: Any, url: str) -> None:
    """At six an hour, an attempt of 20,000 seconds hardly ever lasts."""
    submit(call, url, "long", "sleep 20", model="SPOT", maxRetryCount=1)
    finish(call, url, "long")
    task = f"{url}/v1/projects/p/locations/us-central1/jobs/long/taskGroups/group0/tasks/0"
    events = json.loads(call("GET", task)[1])["status"]["statusEvents"]
    assert [e["taskExecution"]["exitCode"] for e in events if "taskExecution" in e] == [50001] * 2


def test_time_limits_follow_the_clock(call: Any, url: str) -> None:
    submit(call, url, "limited", "sleep 600", maxRunDuration="100s")
    job = finish(call, url, "limited")
    assert "50005" in job["status"]["statusEvents"][-1]["description"]


def test_the_bill_has_every_machine_by_job_and_label(call: Any, url: str) -> None:
    submit(call, url, "billed", "true")
    finish(call, url, "billed")
    bill = json.loads(call("GET", f"{url}/_localcloud/bill")[1])
    line = next(line for line in bill["jobs"] if line["job"] == "billed")
    assert line["machines"] == 1
    assert line["billedSeconds"] >= 60
    assert line["cost"] > 0
    labelled = next(line for line in bill["labels"] if line["value"] == "billed")
    assert labelled["key"] == "run"
    assert labelled["cost"] == line["cost"]


def test_a_job_may_be_queued_for_two_days_and_run_for_fourteen(call: Any) -> None:
    """https://cloud.google.com/batch/quotas, on a clock that makes a day of a tenth of a second."""
    with LocalCloud.start(options=["--time-scale=864000"]) as fast:
        fast.order_fault(job="queued", do="stall")
        for job_id in ("queued", "running"):
            submit(call, fast.url, job_id, "sleep 600")
        queued, running = (finish(call, fast.url, job_id) for job_id in ("queued", "running"))
    for job, days, state in ((queued, 2, "QUEUED"), (running, 14, "RUNNING")):
        *_, last = job["status"]["statusEvents"]
        assert f"set from {state} to FAILED" in last["description"]
        assert f"over {days} days" in last["description"]
    assert seconds_between(running, "RUNNING", "FAILED") >= 14 * 24 * 3600


def test_machines_of_an_array_boot_once_take_tasks_in_turn_and_are_billed_once(
    call: Any, url: str
) -> None:
    """Six tasks of a minute on two machines that take a minute to boot."""
    task = {"runnables": [{"script": {"text": "sleep 0.06"}}]}
    counts = {"taskCount": 6, "parallelism": 2, "taskCountPerNode": 1}
    body = {
        "labels": {"run": "array"},
        "taskGroups": [{"taskSpec": task, **counts}],
        "allocationPolicy": {"instances": [{"policy": {"machineType": "n2-standard-2"}}]},
    }
    place = f"{url}/v1/projects/p/locations/us-central1/jobs"
    assert call("POST", f"{place}?jobId=array", body)[0] == 200
    job = finish(call, url, "array")
    assert job["status"]["taskGroups"]["group0"]["counts"] == {"SUCCEEDED": "6"}
    tasks = json.loads(call("GET", f"{place}/array/taskGroups/group0/tasks")[1])["tasks"]
    texts = [event["description"] for task in tasks for event in task["status"]["statusEvents"]]
    machines = {text.split("/instances/")[1].split()[0].rstrip(".") for text in texts}
    assert len(machines) == 2
    statement = json.loads(call("GET", f"{url}/_localcloud/bill")[1])
    billed = next(one for one in statement["jobs"] if one["job"] == "array")
    assert billed["machines"] == 2
    assert billed["seconds"] >= 2 * 60 + 6 * 60

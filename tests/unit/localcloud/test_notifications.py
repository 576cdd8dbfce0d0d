"""Which messages are published for which change."""

from datetime import UTC, datetime
from typing import Any

import pytest

from localcloud.errors import LocalCloudError
from localcloud.events.notifications import Notification, notifications
from localcloud.events.subscriptions import PushSubscription
from localcloud.jobs.events import Event
from localcloud.jobs.job import Job, JobName
from localcloud.jobs.states import JobState, TaskState
from localcloud.wire.batch_request import parse_job
from localcloud.wire.lifesciences_request import parse_run_request

TOPIC = "projects/p/topics/t"
NOW = datetime(2026, 1, 31, tzinfo=UTC)


def batch_job(*conditions: dict[str, str]) -> Job:
    message, spec = parse_job(
        {
            "taskGroups": [{"taskSpec": {"runnables": [{"script": {"text": "true"}}]}}],
            "notifications": [{"pubsubTopic": TOPIC, "message": each} for each in conditions],
        },
        "us-central1",
        {},
    )
    return Job(JobName("p", "us-central1", "j"), "uid", 1, spec, message, {}, NOW)


def told(job: Job) -> list[Notification]:
    """What is published while a job of one task runs to its end."""
    found: list[Notification] = []

    def listen(job: Job, event: Event) -> None:
        found.extend(notifications(job, event))

    job.listener = listen
    job.move(NOW, JobState.SCHEDULED)
    job.move_task(NOW, 0, TaskState.ASSIGNED)
    job.move_task(NOW, 0, TaskState.RUNNING)
    job.move(NOW, JobState.RUNNING)
    job.move_task(NOW, 0, TaskState.SUCCEEDED)
    job.move(NOW, JobState.SUCCEEDED)
    return found


@pytest.mark.parametrize(
    ("condition", "states"),
    [
        ({"type": "JOB_STATE_CHANGED"}, ["SCHEDULED", "RUNNING", "SUCCEEDED"]),
        ({"type": "JOB_STATE_CHANGED", "newJobState": "SUCCEEDED"}, ["SUCCEEDED"]),
        ({"newJobState": "RUNNING"}, ["RUNNING"]),
        ({"type": "TASK_STATE_CHANGED"}, ["ASSIGNED", "RUNNING", "SUCCEEDED"]),
        ({"type": "TASK_STATE_CHANGED", "newTaskState": "FAILED"}, []),
        ({}, []),
    ],
)
def test_a_condition_chooses_the_changes(condition: dict[str, str], states: list[str]) -> None:
    messages = told(batch_job(condition))
    found = [m.attributes.get("NewJobState") or m.attributes["NewTaskState"] for m in messages]
    assert found == states


def test_a_message_names_the_job_and_the_task_and_has_the_text_of_the_event() -> None:
    (message,) = told(batch_job({"type": "TASK_STATE_CHANGED", "newTaskState": "SUCCEEDED"}))
    job = "projects/p/locations/us-central1/jobs/j"
    assert message.topic == TOPIC
    assert message.data == b"Task state is updated from RUNNING to SUCCEEDED."
    assert message.attributes == {
        "Type": "TASK_STATE_CHANGED",
        "NewTaskState": "SUCCEEDED",
        "JobName": job,
        "JobUID": "uid",
        "TaskName": f"{job}/taskGroups/group0/tasks/0",
    }


def test_an_operation_tells_that_it_runs_and_that_it_is_done() -> None:
    request: dict[str, Any] = {
        "pubSubTopic": TOPIC,
        "pipeline": {
            "actions": [{"imageUri": "x"}],
            "resources": {"regions": ["us-central1"]},
        },
    }
    message, spec = parse_run_request(request)
    job = Job(JobName("p", "us-central1", "1"), "1", 1, spec, message, {}, NOW)
    assert [m.attributes["done"] for m in told(job)] == ["false", "true"]


def test_a_push_has_the_form_that_pubsub_gives_it() -> None:
    push = Notification(TOPIC, b"hello", {"a": "b"}).push("7", "2026-01-31T00:00:00Z")
    assert push == {
        "message": {
            "data": "aGVsbG8=",
            "attributes": {"a": "b"},
            "messageId": "7",
            "publishTime": "2026-01-31T00:00:00Z",
        },
        "subscription": "projects/p/subscriptions/localcloud",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("topic=http://127.0.0.1/", "is not TOPIC=URL"),
        (f"{TOPIC}=http://example.org/", "is not an http address of this machine"),
        (f"{TOPIC}=", "is not an http address of this machine"),
    ],
)
def test_a_subscription_that_leaves_this_machine_is_refused(text: str, said: str) -> None:
    with pytest.raises(LocalCloudError, match=said):
        PushSubscription.parse(text)

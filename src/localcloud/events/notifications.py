"""Which Pub/Sub messages a change of a job calls for: pure.

Batch: `notifications` of the job, each with its condition
(https://cloud.google.com/batch/docs/enable-notifications). Life Sciences: `pubSubTopic`, "whenever
the status of the operation changes".
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.jobs.events import Event, JobMoved, TaskMoved
from localcloud.jobs.job import Job
from localcloud.jobs.spec import Api
from localcloud.jobs.states import JobState
from localcloud.wire import batch_reply, lifesciences_reply
from localcloud.wire.times import format_timestamp

_ANY = "STATE_UNSPECIFIED"


@dataclass(frozen=True, slots=True)
class Notification:
    """A message for the subscribers of a topic."""

    topic: str
    data: bytes
    attributes: Mapping[str, str]

    def push(self, message_id: str, published: str) -> dict[str, Any]:
        """The body of a push (https://cloud.google.com/pubsub/docs/push#receive_push)."""
        project = self.topic.split("/")[1]
        return {
            "message": {
                "data": base64.b64encode(self.data).decode(),
                "attributes": dict(self.attributes),
                "messageId": message_id,
                "publishTime": published,
            },
            "subscription": f"projects/{project}/subscriptions/localcloud",
        }


def notifications(job: Job, event: Event) -> Iterator[Notification]:
    """The messages that an event of a job calls for."""
    if job.api is Api.LIFE_SCIENCES:
        yield from _of_operation(job, event)
        return
    for wanted in job.request.get("notifications", ()):
        attributes = _attributes(job, event, wanted.get("message", {}))
        if attributes and wanted.get("pubsubTopic"):
            yield Notification(wanted["pubsubTopic"], _text(job, event).encode(), attributes)


def _attributes(job: Job, event: Event, condition: Mapping[str, str]) -> dict[str, str]:
    """The attributes of the message about an event; none when the condition is not met."""
    own = {"JobName": batch_reply.job_name(job.name), "JobUID": job.uid}
    kind = condition.get("type", "TYPE_UNSPECIFIED")
    match event.what:
        case JobMoved(_, new):
            state = condition.get("newJobState", _ANY)
            if _wanted(kind == "JOB_STATE_CHANGED", state, new.name):
                return {**own, "Type": "JOB_STATE_CHANGED", "NewJobState": new.name}
        case TaskMoved(index, _, new):
            state = condition.get("newTaskState", _ANY)
            if _wanted(kind == "TASK_STATE_CHANGED", state, new.name):
                task = {"TaskName": batch_reply.task_name(job.name, index)}
                return {**own, **task, "Type": "TASK_STATE_CHANGED", "NewTaskState": new.name}
        case _:
            pass
    return {}


def _wanted(of_this_kind: bool, wanted: str, new: str) -> bool:
    """A condition is the kind of message, the new state, or both."""
    return wanted == new or (of_this_kind and wanted == _ANY)


def _text(job: Job, event: Event) -> str:
    if isinstance(event.what, TaskMoved):
        return str(batch_reply.task_event(event)["description"])
    return str(batch_reply.job_event(job, event)["description"])


def _of_operation(job: Job, event: Event) -> Iterator[Notification]:
    """One message when the operation begins to run and one when it is done."""
    topic = job.request.get("pubSubTopic")
    if not topic or not isinstance(event.what, JobMoved):
        return
    if event.what.new.is_final or event.what.new is JobState.RUNNING:
        name = lifesciences_reply.operation_name(job.name)
        done = "true" if event.what.new.is_final else "false"
        attributes = {"operation": name, "done": done, "time": format_timestamp(event.at)}
        yield Notification(topic, name.encode(), attributes)

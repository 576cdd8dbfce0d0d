"""Life Sciences v2beta: a job becomes an Operation, worded as Google worded it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.jobs.events import (
    CustomEvent,
    Delayed,
    Event,
    ExecutionFailed,
    Happening,
    JobMoved,
    Loss,
    PullStarted,
    PullStopped,
    StepKilled,
    StepStarted,
    StepStopped,
    TaskMoved,
    UnexpectedExit,
    WorkerAssigned,
    WorkerReleased,
)
from localcloud.jobs.job import Ending, Job, JobName
from localcloud.jobs.states import JobState
from localcloud.wire.errors import Code
from localcloud.wire.times import format_timestamp

_TYPES = "type.googleapis.com/google.cloud.lifesciences.v2beta"

Message = dict[str, Any]

_TERMINATED = Code.UNAVAILABLE, "Execution failed: worker was terminated"
_NOT_COMPLETED = Code.ABORTED, "The assigned worker has failed to complete the operation"
_STOPPED = Code.UNAVAILABLE, "Execution failed: VM stopped unexpectedly"

_LOST_WORKERS: Mapping[Loss, tuple[Code, str]] = {
    Loss.PREEMPTED: _TERMINATED,
    Loss.REPORTING_TIMEOUT: _NOT_COMPLETED,
    Loss.UNRESPONSIVE: _NOT_COMPLETED,
    Loss.REBOOTED: _STOPPED,
    Loss.RECREATED: _STOPPED,
    Loss.TIMED_OUT: _NOT_COMPLETED,
    Loss.UNKNOWN: _NOT_COMPLETED,
}
"""Texts that users of the service reported: https://github.com/broadinstitute/cromwell issues 5136
and 6306, https://github.com/DataBiosphere/dsub issue 165."""


def operation_name(name: JobName) -> str:
    """The resource name of an operation."""
    return f"projects/{name.project}/locations/{name.location}/operations/{name.id}"


def operation(job: Job) -> Message:
    """The Operation resource of a job; its events are newest first."""
    message: Message = {"name": operation_name(job.name), "metadata": _metadata(job)}
    if not job.state.is_final:
        return message
    message["done"] = True
    code, text = failure(job)
    if code is Code.OK:
        message["response"] = {"@type": f"{_TYPES}.RunPipelineResponse"}
    else:
        message["error"] = {"code": code.number, "message": text}
    return message


def failure(job: Job) -> tuple[Code, str]:
    """The error code of a job and its text; OK when it did not fail, or not yet."""
    if job.state is JobState.CANCELLED:
        return Code.CANCELLED, "The operation was cancelled"
    match job.ending:
        case Ending.DEADLINE:
            return Code.DEADLINE_EXCEEDED, "Execution failed: the pipeline exceeded its timeout"
        case Ending.REFUSED:
            return Code.FAILED_PRECONDITION, f"Execution failed: {job.detail}"
        case Ending.CANCELLED | Ending.DELETED | Ending.SHUTDOWN:
            return Code.CANCELLED, "The operation was cancelled"
        case Ending.LOST:
            return Code.UNAVAILABLE, f"Execution failed: {job.detail}"
        case None:
            return _task_failure(job)


def _task_failure(job: Job) -> tuple[Code, str]:
    task = job.first_failed_task()
    if task is None:
        return Code.OK, ""
    if task.failed_step is None:
        return _LOST_WORKERS[task.loss or Loss.UNKNOWN]
    step = job.spec.steps[task.failed_step]
    status = _exit_status(job, task.failed_step)
    text = (
        f'Execution failed: generic::failed_precondition: while running "{step.name}":'
        f" unexpected exit status {status} was not ignored"
    )
    return Code.FAILED_PRECONDITION, text


def _exit_status(job: Job, step: int) -> int:
    for event in reversed(job.events):
        if isinstance(event.what, UnexpectedExit) and event.what.index == step:
            return event.what.exit_code
    return 0


def event_names(job: Job) -> frozenset[str]:
    """The kinds of events a job has seen, for the list filter `events`."""
    names = (_details(job, event.what)[1].keys() for event in job.events)
    return frozenset(name for keys in names for name in keys)


def _metadata(job: Job) -> Message:
    message: Message = {
        "@type": f"{_TYPES}.Metadata",
        "pipeline": job.request["pipeline"],
        "createTime": format_timestamp(job.created),
        "events": _events(job),
    }
    if job.labels:
        message["labels"] = dict(job.labels)
    if topic := job.request.get("pubSubTopic"):
        message["pubSubTopic"] = topic
    if job.started:
        message["startTime"] = format_timestamp(job.started)
    if job.ended:
        message["endTime"] = format_timestamp(job.ended)
    return message


def _events(job: Job) -> list[Message]:
    told = (_event(job, event) for event in reversed(job.events))
    return [message for message in told if message]


def _event(job: Job, event: Event) -> Message:
    description, details = _details(job, event.what)
    if not details:
        return {}
    moment = format_timestamp(event.at)
    return {"timestamp": moment, "description": description, **details}


def _details(job: Job, what: Happening) -> tuple[str, Message]:
    """How an event reads and its one typed field; nothing where this API says nothing."""
    match what:
        case Delayed() | WorkerAssigned() | WorkerReleased() | PullStarted() | PullStopped():
            return _machine_details(what)
        case StepStarted() | StepStopped() | StepKilled() | UnexpectedExit():
            return _step_details(job, what)
        case ExecutionFailed():
            return _failed(job)
        case JobMoved(_, new):
            return _job_moved(job, new)
        case TaskMoved() | CustomEvent():
            return "", {}


def _machine_details(
    what: Delayed | WorkerAssigned | WorkerReleased | PullStarted | PullStopped,
) -> tuple[str, Message]:
    match what:
        case Delayed(cause, metrics):
            return cause, {"delayed": {"cause": cause, "metrics": list(metrics)}}
        case WorkerAssigned(worker):
            return f'Worker "{worker.instance}" assigned in "{worker.zone}"', {
                "workerAssigned": {
                    "zone": worker.zone,
                    "instance": worker.instance,
                    "machineType": worker.machine_type,
                }
            }
        case WorkerReleased(worker):
            released = {"zone": worker.zone, "instance": worker.instance}
            return "Worker released", {"workerReleased": released}
        case PullStarted(image):
            return f'Started pulling "{image}"', {"pullStarted": {"imageUri": image}}
        case PullStopped(image):
            return f'Stopped pulling "{image}"', {"pullStopped": {"imageUri": image}}


def _step_details(
    job: Job, what: StepStarted | StepStopped | StepKilled | UnexpectedExit
) -> tuple[str, Message]:
    """Actions are counted from 1; an exit status of 0 is left out, as protobuf's JSON does."""
    name = job.spec.steps[what.index].name
    action: Message = {"actionId": what.index + 1}
    match what:
        case StepStarted():
            ports = job.request["pipeline"]["actions"][what.index].get("portMappings")
            started = {**action, "portMappings": ports} if ports else action
            return f'Started running "{name}"', {"containerStarted": started}
        case StepKilled():
            return f'Killed "{name}"', {"containerKilled": action}
        case StepStopped(_, exit_code, stderr):
            stopped = {**action, **_status(exit_code), **({"stderr": stderr} if stderr else {})}
            ended = f": exit status {exit_code}" if exit_code else ""
            return f'Stopped running "{name}"{ended}', {"containerStopped": stopped}
        case UnexpectedExit(_, exit_code):
            unexpected = {**action, **_status(exit_code)}
            return f'Unexpected exit status {exit_code} while running "{name}"', {
                "unexpectedExitStatus": unexpected
            }


def _status(exit_code: int) -> Message:
    return {"exitStatus": exit_code} if exit_code else {}


def _job_moved(job: Job, new: JobState) -> tuple[str, Message]:
    """Only ends that no task caused show as an event of their own."""
    told_already = any(isinstance(event.what, ExecutionFailed) for event in job.events)
    if new is JobState.CANCELLED or (new is JobState.FAILED and not told_already):
        return _failed(job)
    return "", {}


def _failed(job: Job) -> tuple[str, Message]:
    code, text = failure(job)
    return text, {"failed": {"code": code.name, "cause": text}}

"""Batch v1: a job becomes a Job, its tasks Tasks, worded as Google words them."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

from localcloud.jobs.events import CustomEvent, Delayed, Event, JobMoved, Loss, TaskMoved
from localcloud.jobs.job import Job, JobName, Task
from localcloud.jobs.spec import GROUP
from localcloud.jobs.states import JobState, TaskState
from localcloud.wire.times import format_duration, format_timestamp

Message = dict[str, Any]

_CAUSES = {
    Loss.PREEMPTED: "Spot VM preemption",
    Loss.REPORTING_TIMEOUT: "Batch no longer receives VM updates",
    Loss.REBOOTED: "VM is rebooted during task execution",
    Loss.UNRESPONSIVE: "tasks cannot be canceled",
    Loss.TIMED_OUT: "task runs over the maximum runtime",
    Loss.RECREATED: "VM is recreated during task execution",
    Loss.UNKNOWN: "an unknown failure",
}
"""Texts of https://cloud.google.com/batch/docs/troubleshooting, "Task failure exit codes"."""

_MAX_UID_STEM = 22
_CUSTOM = "RUNNABLE_CUSTOM_EVENT"


def job_name(name: JobName) -> str:
    """The resource name of a job."""
    return f"projects/{name.project}/locations/{name.location}/jobs/{name.id}"


def task_name(name: JobName, index: int) -> str:
    """The resource name of a task."""
    return f"{job_name(name)}/taskGroups/{GROUP}/tasks/{index}"


def new_uid(job_id: str, token: str) -> str:
    """The system's id of a job: its own id's head and a random tail, as Google's look."""
    stem = job_id[:_MAX_UID_STEM].rstrip("-")
    return f"{stem}-{token[:8]}-{token[8:12]}-{token[12:16]}"


def job_message(job: Job) -> Message:
    """The Job resource."""
    return {
        **job.request,
        "name": job_name(job.name),
        "uid": job.uid,
        "taskGroups": [_task_group(job)],
        "status": _status(job),
        "createTime": format_timestamp(job.created),
        "updateTime": format_timestamp(job.updated or job.created),
    }


def task_message(job: Job, task: Task) -> Message:
    """The Task resource."""
    return {
        "name": task_name(job.name, task.index),
        "status": {
            "state": task.state.name,
            "statusEvents": [task_event(event) for event in task.events],
        },
    }


def _task_group(job: Job) -> Message:
    project = project_number(job.name.project)
    place = f"projects/{project}/locations/{job.name.location}/jobs/{job.name.id}"
    return {**job.request["taskGroups"][0], "name": f"{place}/taskGroups/{GROUP}"}


def _status(job: Job) -> Message:
    events = [message for event in job.events if (message := job_event(job, event))]
    counts = {state.name: str(count) for state, count in job.counts.items() if count}
    group: Message = {"counts": counts}
    if job.state is not JobState.QUEUED:
        group["instances"] = [_instance(job)]
    return {
        "state": job.state.name,
        **({"statusEvents": events} if events else {}),
        "taskGroups": {GROUP: group},
        "runDuration": format_duration(_run_seconds(job)),
    }


def _instance(job: Job) -> Message:
    machine = job.spec.machine
    return {
        "machineType": machine.machine_type,
        "provisioningModel": "SPOT" if machine.spot else "STANDARD",
        "taskPack": str(job.spec.tasks_per_vm),
    }


def _run_seconds(job: Job) -> float:
    """The time spent in RUNNING, up to now's last change."""
    if job.running is None:
        return 0.0
    until = job.ended or job.updated or job.running
    return max(0.0, (until - job.running).total_seconds())


def job_event(job: Job, event: Event) -> Message:
    """The StatusEvent of a job's event, empty where Batch says nothing."""
    match event.what:
        case JobMoved(old, new, detail):
            text = (
                f"Job state is set from {old.name} to {new.name} for job"
                f" projects/{project_number(job.name.project)}/locations/{job.name.location}"
                f"/jobs/{job.name.id}."
            )
            why = _failure_text(job, detail) if new is JobState.FAILED else ""
            return _status_event("STATUS_CHANGED", text + why, event)
        case Delayed(cause, _):
            text = (
                "Job gets information Batch Error: code - CODE_GCE_QUOTA_EXCEEDED,"
                f" description - {cause}"
            )
            return _status_event("OPERATIONAL_INFO", text, event)
        case _:
            return {}


def _failure_text(job: Job, detail: str) -> str:
    if detail:
        return f" {detail}"
    task = job.first_failed_task()
    if task is None:
        return ""
    text = next(
        task_event(event)["description"]
        for event in reversed(task.events)
        if isinstance(event.what, TaskMoved) and event.what.new is TaskState.FAILED
    )
    return (
        f" Job failed due to task failure. Specifically, task with index {task.index} failed due"
        f' to the following task event: "{text}"'
    )


def task_event(event: Event) -> Message:
    """The StatusEvent of a task's event."""
    moved = event.what
    if isinstance(moved, CustomEvent):
        return {**_status_event(_CUSTOM, moved.text, event), "taskState": "RUNNING"}
    if not isinstance(moved, TaskMoved):
        raise TypeError(f"{moved!r} is not an event of a task")
    text = f"Task state is updated from {moved.old.name} to {moved.new.name}"
    if moved.worker:
        text += f" on zones/{moved.worker.zone}/instances/{moved.worker.instance_id}"
    if moved.loss:
        text += f" due to {_CAUSES[moved.loss]}"
    if moved.exit_code is not None:
        text += f" with exit code {moved.exit_code}"
    message = _status_event("STATUS_CHANGED", f"{text}.", event)
    message["taskState"] = moved.new.name
    if moved.exit_code is not None:
        message["taskExecution"] = {"exitCode": moved.exit_code}
    return message


def _status_event(kind: str, description: str, event: Event) -> Message:
    return {"type": kind, "description": description, "eventTime": format_timestamp(event.at)}


@lru_cache(maxsize=1024)
def project_number(project: str) -> str:
    """A number for a project id, always the same: Google's texts name projects by number."""
    if project.isdecimal():
        return project
    return str(10**11 + int(hashlib.sha256(project.encode()).hexdigest(), 16) % 10**11)

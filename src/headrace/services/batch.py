"""Batch v1: `jobs.create` and its tasks.

Field-for-field translation of a Pipeline, after Google's guide "Migrate to Batch from Cloud Life
Sciences"; names from the discovery document `batch.v1` (revision 20261103).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from headrace.errors import JobRefusedError, UnknownStateError
from headrace.pipeline import Action, Machine, Network, Pipeline
from headrace.services.protocol import Failure, FailureKind, JobReport, JobState
from headrace.services.wire import Client, check_size, label_filter

TASK_GROUP = "group0"

STATES = {
    "QUEUED": JobState.QUEUED,
    "SCHEDULED": JobState.STARTING,
    "RUNNING": JobState.RUNNING,
    "SUCCEEDED": JobState.SUCCEEDED,
    "FAILED": JobState.FAILED,
    "CANCELLATION_IN_PROGRESS": JobState.RUNNING,
    "CANCELLED": JobState.CANCELLED,
    "DELETION_IN_PROGRESS": JobState.CANCELLED,
}

# "Troubleshooting: exit codes" of the Batch documentation. All below 256 are the action's own.
_RESERVED_CODES = {
    50000: FailureKind.USER,  # failed otherwise, the text says how
    50001: FailureKind.INFRASTRUCTURE,  # VM preemption
    50002: FailureKind.INFRASTRUCTURE,  # VM reporting timeout
    50003: FailureKind.INFRASTRUCTURE,  # VM rebooted during execution
    50004: FailureKind.TIMEOUT,  # VM and task unresponsive
    50005: FailureKind.TIMEOUT,  # over the maximum run time
    50006: FailureKind.INFRASTRUCTURE,  # VM recreated during execution
}
_FIRST_RESERVED_CODE = 50000
_INSTANCE = re.compile(r"zones/(?P<zone>[a-z0-9-]+)/instances/(?P<instance>[a-z0-9-]+)")


class BatchService:
    """Runs Pipelines as Batch jobs of one task; our job id is the job's own."""

    def __init__(self, client: Client, project: str, region: str) -> None:
        self._client = client
        self._parent = f"projects/{project}/locations/{region}"

    def submit(self, job_id: str, pipeline: Pipeline) -> str:
        """Create a job; see `JobService.submit`."""
        request = self._client.locations.jobs().create(
            parent=self._parent, jobId=job_id, body=create_request(pipeline)
        )
        name: str = self._client.call(request, named=True)["name"]
        return name

    def find(self, job_id: str, labels: Mapping[str, str]) -> JobReport:
        """Get a job by its id; see `JobService.find`."""
        del labels  # the id is enough here
        return job_report(self._get(f"{self._parent}/jobs/{job_id}"))

    def list_jobs(self, labels: Mapping[str, str]) -> Iterator[JobReport]:
        """List jobs by label; see `JobService.list_jobs`."""
        jobs = self._client.pages(
            self._client.locations.jobs(),
            "jobs",
            parent=self._parent,
            filter=label_filter(dict(labels)),
        )
        return map(job_report, jobs)

    def explain(self, name: str) -> Failure:
        """Read the reason from the job and its task; see `JobService.explain`."""
        job = self._get(name)
        tasks = self._client.pages(
            self._client.locations.jobs().taskGroups().tasks(),
            "tasks",
            parent=f"{name}/taskGroups/{TASK_GROUP}",
        )
        return failure(job, list(tasks))

    def cancel(self, name: str) -> None:
        """Cancel the job; see `JobService.cancel`."""
        if not job_report(self._get(name)).state.ended:
            self._client.call(self._client.locations.jobs().cancel(name=name, body={}))

    def close(self) -> None:
        """Close this thread's connection; see `JobService.close`."""
        self._client.close()

    def _get(self, name: str) -> dict[str, Any]:
        return self._client.call(self._client.locations.jobs().get(name=name), named=True)


def create_request(pipeline: Pipeline) -> dict[str, Any]:
    """Return the body of `jobs.create`.

    The task claims the whole machine, as a Life Sciences pipeline does. The service itself never
    retries: a retry is a job of its own with a fresh prefix, decided by the executor.

    Raises:
        JobRefusedError: the API has no place for something in the pipeline.
    """
    if pipeline.image_streaming and pipeline.machine.gpus is not None:
        raise JobRefusedError(
            "Batch ignores a container's GPUs where image_streaming is on: leave one of them out."
        )
    machine = pipeline.machine
    disk = machine.disk
    task = {
        "runnables": [_runnable(action, pipeline) for action in pipeline.actions],
        "environment": {"variables": dict(pipeline.environment)},
        "computeResource": {
            "cpuMilli": str(machine.cpus * 1000),
            "memoryMib": str(machine.memory_mb),
        },
        "volumes": [{"deviceName": disk.name, "mountPath": disk.path}],
        "maxRunDuration": f"{pipeline.timeout_seconds}s",
        "maxRetryCount": 0,
    }
    body = {
        "taskGroups": [{"taskSpec": task, "taskCount": "1", "taskCountPerNode": "1"}],
        "allocationPolicy": _allocation_policy(machine),
        "labels": dict(pipeline.labels),
        "logsPolicy": {"destination": "CLOUD_LOGGING"},
    }
    check_size(body)
    return body


def _runnable(action: Action, pipeline: Pipeline) -> dict[str, Any]:
    environment: dict[str, Any] = {"variables": dict(action.environment)}
    if action.secrets:
        environment["secretVariables"] = dict(action.secrets)
    body: dict[str, Any] = {
        "displayName": action.name,
        "container": _container(action, pipeline),
        "environment": environment,
        "alwaysRun": action.always_run,
        "background": action.background,
    }
    if action.timeout_seconds is not None:
        body["timeout"] = f"{action.timeout_seconds}s"
    return body


def _container(action: Action, pipeline: Pipeline) -> dict[str, Any]:
    body: dict[str, Any] = {"imageUri": action.image, "commands": list(action.commands)}
    if action.entrypoint is not None:
        body["entrypoint"] = action.entrypoint
    if pipeline.image_streaming:
        body["enableImageStreaming"] = True
    if pipeline.machine.gpus is not None:
        body["options"] = "--gpus all"
    return body


def _allocation_policy(machine: Machine) -> dict[str, Any]:
    zones = [f"zones/{zone}" for zone in machine.zones]
    policy: dict[str, Any] = {
        "location": {"allowedLocations": zones or [f"regions/{machine.region}"]},
        "instances": [_instances(machine)],
        "labels": dict(machine.labels),
    }
    if machine.service_account is not None:
        policy["serviceAccount"] = {"email": machine.service_account}
    if machine.tags:
        policy["tags"] = list(machine.tags)
    if machine.network is not None:
        policy["network"] = {"networkInterfaces": [_interface(machine.network, machine.region)]}
    return policy


def _instances(machine: Machine) -> dict[str, Any]:
    """Describe the machine; where it has GPUs, Batch installs their driver as it boots."""
    policy = _instance_policy(machine)
    if machine.gpus is None:
        return {"policy": policy}
    # Of Batch's images it is Debian's whose Docker hands GPUs to containers.
    policy["bootDisk"]["image"] = "batch-debian"
    if machine.gpus.attached:
        count = str(machine.gpus.count)
        policy["accelerators"] = [{"type": machine.gpus.type, "count": count}]
    return {"policy": policy, "installGpuDrivers": True}


def _instance_policy(machine: Machine) -> dict[str, Any]:
    disk = machine.disk
    policy: dict[str, Any] = {
        "machineType": machine.machine_type,
        "provisioningModel": "SPOT" if machine.spot else "STANDARD",
        "bootDisk": {"sizeGb": str(machine.boot_disk_gb)},
        "disks": [
            {
                "deviceName": disk.name,
                "newDisk": {"sizeGb": str(disk.size_gb), "type": disk.type.value},
            }
        ],
    }
    if machine.min_cpu_platform is not None:
        policy["minCpuPlatform"] = machine.min_cpu_platform
    if machine.reservation is not None:
        policy["reservation"] = machine.reservation
    return policy


def _interface(network: Network, region: str) -> dict[str, Any]:
    """Name network and subnetwork in full, which this API asks for and Life Sciences did not."""
    full_network = (
        network.network if "/" in network.network else f"global/networks/{network.network}"
    )
    full_subnetwork = (
        network.subnetwork
        if "/" in network.subnetwork
        else f"regions/{region}/subnetworks/{network.subnetwork}"
    )
    return {
        "network": full_network,
        "subnetwork": full_subnetwork,
        "noExternalIpAddress": network.private_address,
    }


def job_report(job: Mapping[str, Any]) -> JobReport:
    """Translate a job."""
    status = job.get("status", {})
    events = status.get("statusEvents", [])
    zone, machine = _place(events)
    return JobReport(
        name=job["name"],
        job_id=job["name"].rpartition("/")[2],
        state=STATES.get(status.get("state", ""), JobState.UNKNOWN),
        detail=events[-1].get("description", "") if events else "",
        machine=machine,
        zone=zone,
    )


def failure(job: Mapping[str, Any], tasks: list[dict[str, Any]]) -> Failure:
    """Say why a job failed. The list of tasks may be empty: some jobs end before any began."""
    status = job.get("status", {})
    state = job_report(job).state
    if state is JobState.UNKNOWN:
        raise UnknownStateError(f"{job['name']} is in the unknown state '{status.get('state')}'.")
    if state is JobState.CANCELLED:
        return Failure(FailureKind.CANCELLED, "The job was cancelled.")
    task_events = [
        event for task in tasks for event in task.get("status", {}).get("statusEvents", [])
    ]
    events = task_events or status.get("statusEvents", [])
    message = events[-1].get("description", "") if events else "The job failed before it started."
    code = _last_exit_code(events)
    if code is None:
        return Failure(FailureKind.USER, message)
    if code < _FIRST_RESERVED_CODE:
        return Failure(FailureKind.USER, message, code)
    if code not in _RESERVED_CODES:
        raise UnknownStateError(f"{job['name']} ended with the unknown exit code {code}.")
    return Failure(_RESERVED_CODES[code], message)


def _last_exit_code(events: list[dict[str, Any]]) -> int | None:
    codes = [
        event["taskExecution"]["exitCode"]
        for event in events
        if "exitCode" in event.get("taskExecution", {})
    ]
    return int(codes[-1]) if codes else None


def _place(events: list[dict[str, Any]]) -> tuple[str, str]:
    """Return zone and name of the last machine that the events name, or empty texts."""
    for event in reversed(events):
        match = _INSTANCE.search(event.get("description", ""))
        if match:
            return match["zone"], match["instance"]
    return "", ""

"""A Pipeline in the words of Batch v1: pure.

Field-for-field translation, after Google's guide "Migrate to Batch from Cloud Life Sciences"; names
from the discovery document `batch.v1` (revision 20261103).
"""

from typing import Any

from headrace.errors import JobRefusedError
from headrace.pipeline import Action, Machine, Network, Pipeline
from headrace.services.limits import check_size

MAX_TASKS = 100_000
"""Of one job (https://cloud.google.com/batch/quotas)."""

MAX_PARALLEL = 2_000
"""Machines of one job in one zone; over several zones Batch takes twice as many (ibidem)."""

TASK_GROUP = "group0"
"""What Batch calls the only group of tasks."""

_DISK_WRITER = "--user=0:0 --cap-drop=ALL --cap-add=DAC_OVERRIDE --security-opt=no-new-privileges"
"""What `docker run` is told for an action that writes the disk."""


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
    disks = [] if machine.disk is None else [machine.disk]
    task = {
        "runnables": [_runnable(action, pipeline) for action in pipeline.actions],
        "environment": {"variables": dict(pipeline.environment)},
        "computeResource": {
            "cpuMilli": str(machine.cpus * 1000),
            "memoryMib": str(machine.memory_mb),
        },
        "volumes": [{"deviceName": disk.name, "mountPath": disk.path} for disk in disks],
        "maxRunDuration": f"{pipeline.timeout_seconds}s",
        "maxRetryCount": 0,
    }
    body = {
        "taskGroups": [_task_group(task, pipeline)],
        "allocationPolicy": _allocation_policy(machine),
        "labels": dict(pipeline.labels),
        "logsPolicy": {"destination": "CLOUD_LOGGING"},
    }
    if pipeline.topic is not None:
        body["notifications"] = _notifications(pipeline)
    check_size(body)
    return body


def _notifications(pipeline: Pipeline) -> list[dict[str, Any]]:
    """Ask for a message at each end of the job, or of its tasks if there are many."""
    if pipeline.tasks == 1:
        kinds = [("JOB_STATE_CHANGED", "newJobState")]
    else:
        kinds = [("JOB_STATE_CHANGED", "newJobState"), ("TASK_STATE_CHANGED", "newTaskState")]
    return [
        {"pubsubTopic": pipeline.topic, "message": {"type": kind, field: state}}
        for kind, field in kinds
        for state in ("SUCCEEDED", "FAILED")
    ]


def _task_group(task: dict[str, Any], pipeline: Pipeline) -> dict[str, Any]:
    """Describe the tasks: one at a time on a machine, which takes the next when it is done."""
    count = {"taskSpec": task, "taskCount": str(pipeline.tasks), "taskCountPerNode": "1"}
    if pipeline.tasks == 1:
        return count
    return {**count, "parallelism": str(min(pipeline.parallelism, MAX_PARALLEL))}


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
    options = [_DISK_WRITER] if action.writes_disk else []
    if pipeline.machine.gpus is not None:
        options.append("--gpus all")
    if options:
        body["options"] = " ".join(options)
    elif pipeline.image_streaming:  # it would have Batch ignore the options
        body["enableImageStreaming"] = True
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
    disks = [] if machine.disk is None else [machine.disk]
    policy: dict[str, Any] = {
        "machineType": machine.machine_type,
        "provisioningModel": "SPOT" if machine.spot else "STANDARD",
        "bootDisk": {"sizeGb": str(machine.boot_disk_gb)},
        "disks": [
            {
                "deviceName": disk.name,
                "newDisk": {"sizeGb": str(disk.size_gb), "type": disk.type.value},
            }
            for disk in disks
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

"""A Pipeline in the words of Life Sciences v2beta: pure.

Names from the discovery document `lifesciences.v2beta` (revision 20250411). None is for the user
that an action runs as: the image of one that writes the disk must say root itself.
"""

from typing import Any

from headrace.errors import JobRefusedError
from headrace.pipeline import Action, Disk, Machine, Pipeline
from headrace.services.limits import check_size
from headrace.services.protocol import JOB_LABEL

QUEUE_SECONDS = 2 * 24 * 3600
"""What we add to a time limit, because this API's clock starts while a job still waits."""


def run_request(job_id: str, pipeline: Pipeline) -> dict[str, Any]:
    """Return the body of `pipelines.run`.

    Raises:
        JobRefusedError: the API has no place for something in the pipeline.
    """
    _check_possible(pipeline)
    body = {
        "labels": {**pipeline.labels, JOB_LABEL: job_id},
        "pipeline": {
            "actions": [_action(action, pipeline.machine) for action in pipeline.actions],
            "environment": dict(pipeline.environment),
            "resources": _resources(pipeline.machine),
            "timeout": f"{pipeline.timeout_seconds + QUEUE_SECONDS}s",
        },
    }
    if pipeline.topic is not None:
        body["pubSubTopic"] = pipeline.topic
    check_size(body)
    return body


def _check_possible(pipeline: Pipeline) -> None:
    """Refuse what this API cannot say, rather than run the job without it."""
    refused = {
        "tags": bool(pipeline.machine.tags),
        "secrets": any(action.secrets for action in pipeline.actions),
        "image_streaming": pipeline.image_streaming,
        "arrays": pipeline.tasks > 1,
    }
    names = [name for name, is_asked_for in refused.items() if is_asked_for]
    if names:
        raise JobRefusedError(
            f"Life Sciences knows no {' and no '.join(names)}: "
            "leave them out, or use lifesciences-service batch."
        )


def _action(action: Action, machine: Machine) -> dict[str, Any]:
    body: dict[str, Any] = {
        "containerName": action.name,
        "imageUri": action.image,
        "commands": list(action.commands),
        "environment": dict(action.environment),
        "mounts": [{"disk": disk.name, "path": disk.path} for disk in _disks(machine)],
        "alwaysRun": action.always_run,
        "runInBackground": action.background,
    }
    if action.entrypoint is not None:
        body["entrypoint"] = action.entrypoint
    if action.timeout_seconds is not None:
        body["timeout"] = f"{action.timeout_seconds}s"
    return body


def _resources(machine: Machine) -> dict[str, Any]:
    place = {"zones": list(machine.zones)} if machine.zones else {"regions": [machine.region]}
    return {**place, "virtualMachine": _virtual_machine(machine)}


def _virtual_machine(machine: Machine) -> dict[str, Any]:
    body: dict[str, Any] = {
        "machineType": machine.machine_type,
        "preemptible": machine.spot,
        "bootDiskSizeGb": machine.boot_disk_gb,
        "disks": [
            {"name": disk.name, "sizeGb": disk.size_gb, "type": disk.type.value}
            for disk in _disks(machine)
        ],
        "labels": dict(machine.labels),
    }
    if machine.gpus is not None:
        # Named for built-in GPUs as well: it is what makes the service install a driver.
        count = str(machine.gpus.count)
        body["accelerators"] = [{"type": machine.gpus.type, "count": count}]
    if machine.service_account is not None:
        body["serviceAccount"] = {"email": machine.service_account}
    if machine.min_cpu_platform is not None:
        body["cpuPlatform"] = machine.min_cpu_platform
    if machine.reservation is not None:
        body["reservation"] = machine.reservation
    if machine.network is not None:
        body["network"] = {
            "network": machine.network.network,
            "subnetwork": machine.network.subnetwork,
            "usePrivateAddress": machine.network.private_address,
        }
    return body


def _disks(machine: Machine) -> list[Disk]:
    return [] if machine.disk is None else [machine.disk]

"""Life Sciences v2beta: a RunPipelineRequest becomes a job, or an error naming the field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.jobs.spec import Api, Container, JobSpec, Machine, Mount, Step
from localcloud.wire.discovery import normalize
from localcloud.wire.errors import invalid, unimplemented
from localcloud.wire.rules import (
    check_choice,
    check_environment,
    check_labels,
    check_machine_type,
    check_region,
    check_topic,
    check_zone,
)
from localcloud.wire.times import parse_duration

DOCUMENT = "lifesciences.v2beta"
DEFAULT_TIMEOUT_SECONDS = 7 * 24 * 3600.0
"""The API document: "If unspecified, it will default to 7 days"."""

_DEFAULT_MACHINE_TYPE = "n1-standard-1"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_CONTAINER_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")  # dsub's `final_logging` was accepted
_LOCAL_SSD_GIB = 375
_LOCAL_SSD_LIMIT = 8
_MULTI_REGIONS: Mapping[str, str] = {"us": "us-central1", "eu": "europe-west4"}

Message = Mapping[str, Any]


def parse_run_request(body: object) -> tuple[dict[str, Any], JobSpec]:
    """The canonical request and the job it asks for.

    Raises:
        ApiError: the request is wrong (INVALID_ARGUMENT) or asks for what is not played here
            (UNIMPLEMENTED); the message names the field.
    """
    request = normalize(DOCUMENT, "RunPipelineRequest", body)
    check_labels("labels", request.get("labels", {}))
    if topic := request.get("pubSubTopic"):
        check_topic("pub_sub_topic", topic)
    pipeline: Message = request.get("pipeline", {})
    if not pipeline.get("actions"):
        raise invalid("pipeline.actions", "at least one action is required")
    if "encryptedEnvironment" in pipeline:
        raise unimplemented("pipeline.encrypted_environment", "encrypted environments")
    environment = pipeline.get("environment", {})
    check_environment("pipeline.environment", environment)
    machine = _machine(pipeline.get("resources", {}))
    spec = JobSpec(
        api=Api.LIFE_SCIENCES,
        steps=tuple(
            _step(action, f"pipeline.actions[{number}]", machine.disks)
            for number, action in enumerate(pipeline["actions"])
        ),
        machine=machine,
        environment=environment,
        task_environments=({},),
        total_timeout=_timeout("pipeline.timeout", pipeline) or DEFAULT_TIMEOUT_SECONDS,
    )
    return request, spec


def _timeout(field: str, message: Message) -> float | None:
    if "timeout" not in message:
        return None
    seconds = parse_duration(message["timeout"])
    if seconds <= 0:
        raise invalid(field, f"{message['timeout']!r} is not a positive duration")
    return seconds


def _step(action: Message, field: str, disks: Sequence[str]) -> Step:
    if not action.get("imageUri"):
        raise invalid(f"{field}.image_uri", "an image is required")
    for secret, snake in (
        ("encryptedEnvironment", "encrypted_environment"),
        ("credentials", "credentials"),
    ):
        if secret in action:
            raise unimplemented(f"{field}.{snake}", "encrypted secrets")
    name = action.get("containerName", "")
    if name and not _CONTAINER_NAME.fullmatch(name):
        raise invalid(
            f"{field}.container_name",
            f"{name!r}: only letters, digits, hyphens and underscores, not starting with a hyphen",
        )
    check_environment(f"{field}.environment", action.get("environment", {}))
    commands = tuple(action.get("commands", ()))
    entrypoint = action.get("entrypoint", "")
    return Step(
        name=name or " ".join([entrypoint, *commands]).strip() or action["imageUri"],
        program=Container(action["imageUri"], entrypoint, commands),
        environment=action.get("environment", {}),
        mounts=_mounts(action, field, disks),
        timeout=_timeout(f"{field}.timeout", action),
        always_run=action.get("alwaysRun", False),
        ignore_exit_status=action.get("ignoreExitStatus", False),
        background=action.get("runInBackground", False),
        capture_stderr=not action.get("disableStandardErrorCapture", False),
        block_external_network=action.get("blockExternalNetwork", False),
    )


def _mounts(action: Message, field: str, disks: Sequence[str]) -> tuple[Mount, ...]:
    mounts = []
    for number, mount in enumerate(action.get("mounts", ())):
        place = f"{field}.mounts[{number}]"
        disk, path = mount.get("disk", ""), mount.get("path", "")
        if disk not in disks:
            known = ", ".join(disks) or "none"
            raise invalid(f"{place}.disk", f"no disk is called {disk!r}; the machine has: {known}")
        if not path.startswith("/") or path.strip("/") == "":
            raise invalid(f"{place}.path", f"{path!r} is not an absolute path below /")
        mounts.append(Mount(path, disk, read_only=mount.get("readOnly", False)))
    return tuple(mounts)


def _machine(resources: Message) -> Machine:
    vm: Message = resources.get("virtualMachine", {})
    field = "pipeline.resources.virtual_machine"
    if vm.get("accelerators"):
        raise unimplemented(f"{field}.accelerators", "GPUs")
    check_labels(f"{field}.labels", vm.get("labels", {}))
    kind = check_machine_type(
        f"{field}.machine_type", vm.get("machineType") or _DEFAULT_MACHINE_TYPE
    )
    region, zone = _place(resources)
    return Machine(
        machine_type=kind.name,
        vcpus=kind.vcpus,
        memory_mib=kind.memory_mib,
        region=region,
        zone=zone,
        spot=vm.get("preemptible", False),
        disks=_disks(vm, field),
    )


def _place(resources: Message) -> tuple[str, str]:
    """The region and zone used: the first one allowed."""
    field = "pipeline.resources"
    regions: list[str] = resources.get("regions", [])
    zones: list[str] = resources.get("zones", [])
    if bool(regions) == bool(zones):
        given = "both are" if regions else "none is"
        raise invalid(field, f"exactly one of regions and zones must be set; {given}")
    if regions:
        names = [_MULTI_REGIONS.get(name.lower(), name) for name in regions]
        checked = [check_region(f"{field}.regions[{n}]", name) for n, name in enumerate(names)]
        return checked[0], f"{checked[0]}-a"
    inside = [check_zone(f"{field}.zones[{n}]", name) for n, name in enumerate(zones)]
    return inside[0], zones[0]


def _disks(vm: Message, field: str) -> tuple[str, ...]:
    if vm.get("disks") and vm.get("volumes"):
        raise invalid(field, "exactly one of disks and volumes may be set; both are")
    names: list[str] = []
    for number, disk in enumerate(vm.get("disks", ())):
        place = f"{field}.disks[{number}]"
        names.append(_disk_name(f"{place}.name", disk.get("name", ""), names))
        _check_size(place, disk)
    for number, volume in enumerate(vm.get("volumes", ())):
        place = f"{field}.volumes[{number}]"
        names.append(_disk_name(f"{place}.volume", volume.get("volume", ""), names))
        kind = check_choice(place, volume, ("persistentDisk", "existingDisk", "nfsMount"))
        if kind != "persistentDisk":
            raise unimplemented(place, f"volumes of the kind {kind}")
        _check_size(f"{place}.persistent_disk", volume["persistentDisk"])
    return tuple(names)


def _disk_name(field: str, name: str, taken: Sequence[str]) -> str:
    if not _NAME.fullmatch(name):
        raise invalid(field, f"{name!r}: only letters, digits and hyphens, starting with no hyphen")
    if name in taken:
        raise invalid(field, f"{name!r} is used twice")
    return name


def _check_size(field: str, disk: Message) -> None:
    size = disk.get("sizeGb", 0)
    if size < 0:
        raise invalid(f"{field}.size_gb", f"{size} is negative")
    if disk.get("type") != "local-ssd":
        return
    if size % _LOCAL_SSD_GIB or size > _LOCAL_SSD_GIB * _LOCAL_SSD_LIMIT:
        raise invalid(
            f"{field}.size_gb",
            f"{size}: local SSDs come in {_LOCAL_SSD_GIB} GB, at most {_LOCAL_SSD_LIMIT} of them",
        )

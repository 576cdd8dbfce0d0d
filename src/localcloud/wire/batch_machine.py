"""Batch v1: the allocation policy becomes the machine that a job's tasks run on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.jobs.machine_types import MachineType
from localcloud.jobs.spec import Machine
from localcloud.wire.errors import invalid, unimplemented
from localcloud.wire.rules import check_labels, check_machine_type, check_region, check_zone

_FIELD = "job.allocation_policy"
_POLICY_FIELD = f"{_FIELD}.instances[0].policy"
_DEFAULT_MILLI_CPU = 2000
_DEFAULT_MEMORY_MIB = 2000
_SPOT_MODELS = frozenset({"SPOT", "PREEMPTIBLE"})
_SIZES = (2, 4, 8, 16, 32)

Message = Mapping[str, Any]


def parse_machine(allocation: Message, task: Message, region: str) -> Machine:
    """The machine for tasks of `task` (a TaskSpec) in a job whose location is `region`."""
    check_labels(f"{_FIELD}.labels", allocation.get("labels", {}))
    policy = _policy(allocation)
    if policy.get("accelerators"):
        raise unimplemented(f"{_POLICY_FIELD}.accelerators", "GPUs")
    kind = _machine_type(policy, task.get("computeResource", {}))
    return Machine(
        machine_type=kind.name,
        vcpus=kind.vcpus,
        memory_mib=kind.memory_mib,
        region=region,
        zone=_zone(allocation.get("location", {}), region),
        spot=policy.get("provisioningModel") in _SPOT_MODELS,
        disks=_disks(policy),
    )


def _policy(allocation: Message) -> Message:
    instances = allocation.get("instances", [])
    if len(instances) > 1:
        raise invalid(f"{_FIELD}.instances", f"at most one is supported, not {len(instances)}")
    if not instances:
        return {}
    if "instanceTemplate" in instances[0]:
        raise unimplemented(f"{_FIELD}.instances[0].instance_template", "instance templates")
    policy: Message = instances[0].get("policy", {})
    return policy


def _machine_type(policy: Message, compute: Message) -> MachineType:
    """The type asked for, else the smallest e2-standard that holds one task."""
    if name := policy.get("machineType"):
        return check_machine_type(f"{_POLICY_FIELD}.machine_type", name)
    milli = int(compute.get("cpuMilli", _DEFAULT_MILLI_CPU))
    memory = int(compute.get("memoryMib", _DEFAULT_MEMORY_MIB))
    for vcpus in _SIZES:
        kind = check_machine_type("", f"e2-standard-{vcpus}")
        if kind.vcpus * 1000 >= milli and kind.memory_mib >= memory:
            return kind
    raise invalid(
        "job.task_groups[0].task_spec.compute_resource",
        f"no default machine has {milli} milli-CPUs and {memory} MiB; name a machine type",
    )


def _zone(location: Message, region: str) -> str:
    """The zone used: the first one allowed, all of which must lie in the job's own region."""
    allowed = location.get("allowedLocations", [])
    zones = []
    for number, text in enumerate(allowed):
        field = f"{_FIELD}.location.allowed_locations[{number}]"
        kind, _, name = text.rpartition("/")
        if kind not in {"regions", "zones"}:
            raise invalid(field, f"{text!r} is not 'regions/REGION' or 'zones/ZONE'")
        inside = check_region(field, name) if kind == "regions" else check_zone(field, name)
        if inside != region:
            raise invalid(field, f"{text!r} is not in the job's own region {region!r}")
        zones.append(f"{name}-a" if kind == "regions" else name)
    return zones[0] if zones else f"{region}-a"


def _disks(policy: Message) -> tuple[str, ...]:
    names: list[str] = []
    for number, disk in enumerate(policy.get("disks", ())):
        field = f"{_POLICY_FIELD}.disks[{number}]"
        name = disk.get("deviceName", "")
        if not name or "/" in name or name.startswith("."):
            raise invalid(f"{field}.device_name", f"{name!r} is not a device name")
        if name in names:
            raise invalid(f"{field}.device_name", f"{name!r} is used twice")
        if "existingDisk" in disk:
            raise unimplemented(f"{field}.existing_disk", "existing disks")
        names.append(name)
    return tuple(names)

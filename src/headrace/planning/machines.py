"""The cheapest machine that fits a request, or a refusal that names the nearest one."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from headrace.errors import JobRefusedError
from headrace.pipeline import DiskType
from headrace.planning import prices
from headrace.planning.families import (
    A2_TYPES,
    FAMILIES,
    GPU_FAMILIES,
    GPU_TYPES,
    LARGEST_DISK_GB,
    LOCAL_SSD_GB,
    GpuType,
)
from headrace.records import nearest

MIB_PER_GIB = 1024
_CUSTOM = re.compile(
    r"((?P<family>e2|n1|n2|n2d)-)?custom-(?P<cpus>[1-9][0-9]*)-(?P<memory>[1-9][0-9]*)\Z"
)
DEFAULT_FAMILIES = ("e2", "n2", "n2d")


@dataclass(frozen=True)
class Request:
    """What a job needs at least; memory in MiB, disk in GiB.

    Attributes:
        gpu_type: one of `GPU_TYPES`; the cheapest that fits when absent.
        disk_type: where the job's files live; not every family has every type.
        cpu_platform: whether a minimum CPU platform will be asked for.
    """

    cpus: int = 1
    memory_mb: int = 0
    gpus: int = 0
    gpu_type: str | None = None
    disk_type: DiskType = DiskType.BALANCED
    disk_gb: int = 10
    cpu_platform: bool = False

    def __str__(self) -> str:
        parts = [f"{self.cpus} vCPUs", f"{self.memory_mb} MiB"]
        if self.gpus:
            parts.append(f"{self.gpus} {self.gpu_type or 'GPUs'}")
        is_special = self.disk_type in {DiskType.LOCAL_SSD, DiskType.STANDARD}
        if is_special or self.disk_gb > LARGEST_DISK_GB:
            parts.append(f"{self.disk_gb} GB of {self.disk_type.value}")
        if self.cpu_platform:
            parts.append("a minimum CPU platform")
        return f"{', '.join(parts[:-1])} and {parts[-1]}"


@dataclass(frozen=True)
class MachineType:
    """A predefined machine type with its GPUs; memory in MiB.

    Prices are US dollars per hour (`headrace.planning.prices`), GPUs included, disks not.
    `gpu_attached` tells GPUs that join a machine from those that are part of it.
    """

    name: str
    family: str
    cpus: int
    memory_mb: int
    hourly: float
    spot_hourly: float
    gpu_type: str | None = None
    gpus: int = 0
    gpu_attached: bool = False

    def price(self, *, spot: bool) -> float:
        """Return US dollars per hour."""
        return self.spot_hourly if spot else self.hourly


def machine_types(families: Collection[str] = DEFAULT_FAMILIES) -> tuple[MachineType, ...]:
    """Return every type of these families, without GPUs that could join it, cheapest first."""
    types = [type_ for name in families for type_ in _types(name)]
    return tuple(sorted(types, key=lambda type_: (type_.hourly, type_.name)))


def named(name: str) -> MachineType:
    """Return the machine type of this name, custom ones (`n2-custom-6-12288`) included.

    Raises:
        JobRefusedError: it is in no table of ours; names the nearest.
    """
    custom = _CUSTOM.match(name)
    if custom:
        return _custom(name, custom["family"] or "n1", int(custom["cpus"]), int(custom["memory"]))
    types = {type_.name: type_ for type_ in machine_types(FAMILIES)}
    if name not in types:
        raise JobRefusedError(
            f"There is no machine type '{name}' in our table{nearest(name, types)}"
        )
    return types[name]


def cheapest(
    request: Request, families: Collection[str] = DEFAULT_FAMILIES, *, spot: bool = False
) -> MachineType:
    """Return the cheapest type of these families that fits.

    GPUs come with families of their own: a request for them looks at those of n1, g2 and a2 that
    `families` names, and at all three if it names none.

    Raises:
        JobRefusedError: nothing fits; names the nearest type, and another family's if one fits.
    """
    allowed = _allowed(request, families)
    found = _cheapest(request, machine_types(allowed), spot=spot)
    if found is not None:
        return found
    raise JobRefusedError(
        f"No machine of {', '.join(allowed)} has {request}{_remedy(request, allowed)}"
    )


def fitted(type_: MachineType, request: Request) -> MachineType:
    """Return this very type with the GPUs asked for; `JobRefusedError` if it is too small."""
    found = _cheapest(request, [type_], spot=False)
    if found is not None:
        return found
    remedy = _remedy(request, _allowed(request, DEFAULT_FAMILIES))
    raise JobRefusedError(f"{type_.name} does not have {request}{remedy}")


def local_ssds(type_: MachineType, size_gb: int) -> int | None:
    """Return how many local SSDs hold so many GB on this type, or None if they cannot."""
    for rule in FAMILIES[type_.family].local_ssds:
        if type_.cpus <= rule.max_cpus:
            enough = (number for number in rule.numbers if number * LOCAL_SSD_GB >= size_gb)
            return next(enough, None)
    return None


def _allowed(request: Request, families: Collection[str]) -> tuple[str, ...]:
    if not request.gpus:
        return tuple(families)
    return tuple(name for name in GPU_FAMILIES if name in families) or GPU_FAMILIES


def _types(family_name: str) -> Iterator[MachineType]:
    family = FAMILIES[family_name]
    for shape in family.shapes:
        for cpus in shape.sizes:
            yield _priced(f"{family_name}-{shape.name}-{cpus}", cpus, cpus * shape.gib_per_cpu)
    if family_name == "a2":
        for name, (cpus, gib) in A2_TYPES.items():
            yield _priced(name, cpus, gib)


def _custom(name: str, family: str, cpus: int, memory_mb: int) -> MachineType:
    plain = _priced(f"{family}-{name}", cpus, memory_mb / MIB_PER_GIB)
    return replace(
        plain,
        name=name,
        hourly=plain.hourly * prices.CUSTOM_PREMIUM,
        spot_hourly=plain.spot_hourly * prices.CUSTOM_PREMIUM,
    )


def _priced(name: str, cpus: int, gib: float) -> MachineType:
    family = name.partition("-")[0]
    cpu, memory = prices.cpu_hour(family), prices.gib_hour(family)
    type_ = MachineType(
        name=name,
        family=family,
        cpus=cpus,
        memory_mb=int(gib * MIB_PER_GIB),
        hourly=cpus * cpu.on_demand + gib * memory.on_demand,
        spot_hourly=cpus * cpu.spot + gib * memory.spot,
    )
    for gpu in GPU_TYPES.values():
        for number, names in gpu.built_in.items():
            if name in names:
                return _with_gpus(type_, gpu, number)
    return type_


def _with_gpus(type_: MachineType, gpu: GpuType, number: int) -> MachineType:
    price = prices.GPU_HOUR[gpu.name]
    return replace(
        type_,
        hourly=type_.hourly + number * price.on_demand,
        spot_hourly=type_.spot_hourly + number * price.spot,
        gpu_type=gpu.name,
        gpus=number,
        gpu_attached=bool(gpu.limits),
    )


def _cheapest(request: Request, types: Iterable[MachineType], *, spot: bool) -> MachineType | None:
    fitting = [one for type_ in types for one in _equipped(type_, request) if _fits(one, request)]
    return min(fitting, key=lambda one: (one.price(spot=spot), one.name), default=None)


def _equipped(type_: MachineType, request: Request) -> Iterator[MachineType]:
    """Yield the type as it is, and with each kind and number of GPUs that may join it."""
    yield type_
    for gpu in GPU_TYPES.values():
        for number, (max_cpus, max_gib) in gpu.limits.items():
            fits = type_.cpus <= max_cpus and type_.memory_mb <= max_gib * MIB_PER_GIB
            if request.gpus and type_.family == gpu.family and fits:
                yield _with_gpus(type_, gpu, number)


def _fits(type_: MachineType, request: Request) -> bool:
    family = FAMILIES[type_.family]
    if request.disk_type is DiskType.LOCAL_SSD:
        has_disk = local_ssds(type_, request.disk_gb) is not None
    else:
        has_disk = request.disk_type in family.disks and request.disk_gb <= LARGEST_DISK_GB
    return (
        type_.cpus >= request.cpus
        and type_.memory_mb >= request.memory_mb
        and type_.gpus >= request.gpus
        and (not request.gpus or request.gpu_type in {None, type_.gpu_type})
        and has_disk
        and (family.platforms or not request.cpu_platform)
    )


def _remedy(request: Request, families: Collection[str]) -> str:
    """Say which allowed type comes nearest, and which family has what is asked for."""
    equipped = [one for type_ in machine_types(families) for one in _equipped(type_, request)]
    closest = min(equipped, key=lambda one: (_shortfall(one, request), one.hourly, one.name))
    gpus = f", {closest.gpus} {closest.gpu_type}" if closest.gpus else ""
    text = (
        f"; the nearest is {closest.name} with {closest.cpus} vCPUs, {closest.memory_mb} MiB{gpus}"
    )
    others = (
        GPU_FAMILIES if request.gpus else [name for name in FAMILIES if name not in GPU_FAMILIES]
    )
    elsewhere = _cheapest(request, machine_types(others), spot=False)
    if elsewhere is not None and elsewhere.family not in families:
        return f"{text}: ask for less, or add {elsewhere.family} to machine_families."
    return f"{text}: ask for less (threads, mem_mb, disk_mb, gpu)."


def _shortfall(type_: MachineType, request: Request) -> float:
    """Return how far a type falls short: the parts missing of each thing asked for, added up."""
    wants_gpu_type = request.gpu_type is not None and request.gpu_type != type_.gpu_type
    asked = (
        (request.cpus, type_.cpus),
        (request.memory_mb, type_.memory_mb),
        (request.gpus, 0 if wants_gpu_type else type_.gpus),
    )
    return sum(max(0.0, (wanted - has) / wanted) for wanted, has in asked if wanted)

"""Machine types, their prices, and the cheapest that fits a request."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from headrace.errors import JobRefusedError
from headrace.records import nearest

PRICES_AS_OF = date(2026, 7, 30)
"""Cloud Billing Catalog, us-central1, on demand, US dollars."""

MIB_PER_GIB = 1024


@dataclass(frozen=True)
class Family:
    """A machine family: dollars per vCPU-hour and GiB-hour, and the sizes it comes in."""

    name: str
    cpu_hour: float
    gib_hour: float
    gib_per_cpu: tuple[tuple[str, float], ...]
    sizes: tuple[int, ...]


@dataclass(frozen=True)
class MachineType:
    """A predefined machine type; memory in MiB, price in US dollars per hour on demand."""

    name: str
    cpus: int
    memory_mb: int
    hourly: float


_SHAPES = (("highcpu", 1.0), ("standard", 4.0), ("highmem", 8.0))
_COMPUTE_SHAPES = (("highcpu", 2.0), ("standard", 4.0), ("highmem", 8.0))

# Shapes and sizes: Compute Engine, "General-purpose" and "Compute-optimized machine family".
FAMILIES = (
    Family("e2", 0.021812, 0.002924, _SHAPES, (2, 4, 8, 16)),
    Family("n2", 0.031611, 0.004237, _SHAPES, (2, 4, 8, 16, 32, 48, 64, 80)),
    Family("n2d", 0.027502, 0.003686, _SHAPES, (2, 4, 8, 16, 32, 48, 64, 80, 96)),
    Family("c2d", 0.029563, 0.003959, _COMPUTE_SHAPES, (2, 4, 8, 16, 32, 56, 112)),
    Family("c3", 0.03465, 0.003938, _COMPUTE_SHAPES, (4, 8, 22, 44, 88)),
)
DEFAULT_FAMILIES = ("e2", "n2", "n2d")


def machine_types(families: Collection[str] = DEFAULT_FAMILIES) -> tuple[MachineType, ...]:
    """Return every type of these families, cheapest first."""
    types = [
        _machine_type(family, shape, gib_per_cpu, cpus)
        for family in FAMILIES
        if family.name in families
        for shape, gib_per_cpu in family.gib_per_cpu
        for cpus in family.sizes
    ]
    return tuple(sorted(types, key=lambda type_: (type_.hourly, type_.name)))


def named(name: str) -> MachineType:
    """Return the machine type of this name, or raise `JobRefusedError` naming the nearest."""
    types = {type_.name: type_ for type_ in machine_types([family.name for family in FAMILIES])}
    if name not in types:
        raise JobRefusedError(
            f"There is no machine type '{name}' in our table{nearest(name, types)}"
        )
    return types[name]


def cheapest(
    cpus: int, memory_mb: int, families: Collection[str] = DEFAULT_FAMILIES
) -> MachineType:
    """Return the cheapest type with this many vCPUs and MiB, or raise `JobRefusedError`."""
    types = machine_types(families)
    for candidate in types:
        if candidate.cpus >= cpus and candidate.memory_mb >= memory_mb:
            return candidate
    largest = max(types, key=lambda type_: (type_.cpus, type_.memory_mb))
    raise JobRefusedError(
        f"No machine of {', '.join(families)} has {cpus} vCPUs and {memory_mb} MiB; the largest "
        f"is {largest.name} with "
        f"{largest.cpus} vCPUs and {largest.memory_mb} MiB: ask for less (threads, mem_mb)."
    )


def _machine_type(family: Family, shape: str, gib_per_cpu: float, cpus: int) -> MachineType:
    gib = cpus * gib_per_cpu
    return MachineType(
        name=f"{family.name}-{shape}-{cpus}",
        cpus=cpus,
        memory_mb=int(gib * MIB_PER_GIB),
        hourly=cpus * family.cpu_hour + gib * family.gib_hour,
    )

"""Machine types, their prices, and the cheapest that fits a request."""

from dataclasses import dataclass
from datetime import date

from headrace.errors import JobRefusedError

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

# Shapes and sizes: Compute Engine, "General-purpose machine family".
FAMILIES = (
    Family("e2", 0.021812, 0.002924, _SHAPES, (2, 4, 8, 16)),
    Family("n2", 0.031611, 0.004237, _SHAPES, (2, 4, 8, 16, 32, 48, 64, 80)),
)


def machine_types(families: tuple[Family, ...] = FAMILIES) -> tuple[MachineType, ...]:
    """Return every type of these families, cheapest first."""
    types = [
        _machine_type(family, shape, gib_per_cpu, cpus)
        for family in families
        for shape, gib_per_cpu in family.gib_per_cpu
        for cpus in family.sizes
    ]
    return tuple(sorted(types, key=lambda type_: (type_.hourly, type_.name)))


def cheapest(cpus: int, memory_mb: int, families: tuple[Family, ...] = FAMILIES) -> MachineType:
    """Return the cheapest type with this many vCPUs and MiB, or raise `JobRefusedError`."""
    types = machine_types(families)
    for candidate in types:
        if candidate.cpus >= cpus and candidate.memory_mb >= memory_mb:
            return candidate
    largest = max(types, key=lambda type_: (type_.cpus, type_.memory_mb))
    raise JobRefusedError(
        f"No machine has {cpus} vCPUs and {memory_mb} MiB; the largest is {largest.name} with "
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

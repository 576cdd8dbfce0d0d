"""Machine families: their sizes, and which disks and GPUs go with them.

Sizes as in build/gcp.yml of Cyclenerd/google-cloud-pricing-cost-calculator at 016c92d. GPUs, local
SSDs and disks by family as Compute Engine's pages "GPU machine types" and "Choose a valid number of
Local SSD disks" are remembered, not read anew: Google refuses what does not go together.
Prices: `headrace.planning.prices`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from headrace.pipeline import DiskType

LOCAL_SSD_GB = 375
"""A local SSD has this size and no other."""

LARGEST_DISK_GB = 65_536
"""Of one persistent disk ("Persistent Disk", size limits: 64 TiB)."""

_PERSISTENT = frozenset({DiskType.STANDARD, DiskType.BALANCED, DiskType.SSD})
_NOT_STANDARD = frozenset({DiskType.BALANCED, DiskType.SSD})


@dataclass(frozen=True)
class Shape:
    """One line of predefined types, `FAMILY-NAME-CPUS`; `gib_per_cpu` is its memory."""

    name: str
    gib_per_cpu: float
    sizes: tuple[int, ...]


@dataclass(frozen=True)
class LocalSsds:
    """The numbers of local SSDs that fit machines of up to so many vCPUs."""

    max_cpus: int
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Family:
    """A machine family, as far as a choice needs to know it.

    Attributes:
        name: the beginning of its types' names.
        shapes: its predefined types.
        disks: persistent disks that go with it; local SSDs are in `local_ssds`.
        local_ssds: by growing number of vCPUs; empty if none can be attached.
        platforms: whether a minimum CPU platform can be asked for.
    """

    name: str
    shapes: tuple[Shape, ...]
    disks: frozenset[DiskType] = _PERSISTENT
    local_ssds: tuple[LocalSsds, ...] = ()
    platforms: bool = True


@dataclass(frozen=True)
class GpuType:
    """A GPU: the family it comes with, and how many of it go with which machines.

    Attributes:
        family: the family whose machines carry it.
        limits: for GPUs that join n1 machines: most vCPUs and GiB by number of GPUs.
        built_in: for GPUs that are part of a machine: types by number of GPUs.
    """

    name: str
    family: str
    limits: Mapping[int, tuple[int, float]] = field(default_factory=dict)
    built_in: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


def _shapes(
    gib: tuple[float, float, float],
    sizes: tuple[int, ...],
    *,
    highcpu: tuple[int, ...] = (),
    standard: tuple[int, ...] = (),
    highmem: tuple[int, ...] = (),
) -> tuple[Shape, ...]:
    """Return the three usual shapes: sizes they share, and those that one has besides."""
    return (
        Shape("highcpu", gib[0], sizes + highcpu),
        Shape("standard", gib[1], sizes + standard),
        Shape("highmem", gib[2], sizes + highmem),
    )


_ANY = (1, 2, 3, 4, 5, 6, 7, 8, 16, 24)

FAMILIES: Mapping[str, Family] = {
    family.name: family
    for family in (
        Family(
            "e2", _shapes((1, 4, 8), (2, 4, 8, 16), highcpu=(32,), standard=(32,)), platforms=False
        ),
        Family(
            "n1",
            _shapes((0.9, 3.75, 6.5), (2, 4, 8, 16, 32, 64, 96), standard=(1,)),
            local_ssds=(LocalSsds(96, _ANY),),
        ),
        Family(
            "n2",
            _shapes((1, 4, 8), (2, 4, 8, 16, 32, 48, 64, 80, 96), standard=(128,)),
            local_ssds=(
                LocalSsds(10, (1, 2, 4, 8, 16, 24)),
                LocalSsds(20, (2, 4, 8, 16, 24)),
                LocalSsds(40, (4, 8, 16, 24)),
                LocalSsds(80, (8, 16, 24)),
                LocalSsds(128, (16, 24)),
            ),
        ),
        Family(
            "n2d",
            _shapes(
                (1, 4, 8),
                (2, 4, 8, 16, 32, 48, 64, 80, 96),
                highcpu=(128, 224),
                standard=(128, 224),
            ),
            local_ssds=(
                LocalSsds(16, (1, 2, 4, 8, 16, 24)),
                LocalSsds(48, (2, 4, 8, 16, 24)),
                LocalSsds(80, (4, 8, 16, 24)),
                LocalSsds(224, (8, 16, 24)),
            ),
        ),
        Family(
            "c2d",
            _shapes((2, 4, 8), (2, 4, 8, 16, 32, 56, 112)),
            local_ssds=(
                LocalSsds(16, (1, 2, 4, 8)),
                LocalSsds(32, (2, 4, 8)),
                LocalSsds(56, (4, 8)),
                LocalSsds(112, (8,)),
            ),
        ),
        Family("c3", _shapes((2, 4, 8), (4, 8, 22, 44, 88, 176)), disks=_NOT_STANDARD),
        Family(
            "g2",
            (Shape("standard", 4, (4, 8, 12, 16, 24, 32, 48, 96)),),
            disks=_NOT_STANDARD,
            platforms=False,
        ),
        Family("a2", (), platforms=False),
    )
}
"""By name. a2's types are named by their GPUs: see `A2_TYPES`."""

A2_TYPES: Mapping[str, tuple[int, float]] = {
    "a2-highgpu-1g": (12, 85),
    "a2-highgpu-2g": (24, 170),
    "a2-highgpu-4g": (48, 340),
    "a2-highgpu-8g": (96, 680),
}
"""vCPUs and GiB."""

GPU_TYPES: Mapping[str, GpuType] = {
    gpu.name: gpu
    for gpu in (
        GpuType("nvidia-tesla-p4", "n1", {1: (24, 156), 2: (48, 312), 4: (96, 624)}),
        GpuType("nvidia-tesla-t4", "n1", {1: (48, 312), 2: (48, 312), 4: (96, 624)}),
        GpuType("nvidia-tesla-v100", "n1", {1: (12, 78), 2: (24, 156), 4: (48, 312), 8: (96, 624)}),
        GpuType(
            "nvidia-l4",
            "g2",
            built_in={
                1: tuple(f"g2-standard-{cpus}" for cpus in (4, 8, 12, 16, 32)),
                2: ("g2-standard-24",),
                4: ("g2-standard-48",),
                8: ("g2-standard-96",),
            },
        ),
        GpuType(
            "nvidia-tesla-a100",
            "a2",
            built_in={number: (f"a2-highgpu-{number}g",) for number in (1, 2, 4, 8)},
        ),
    )
}
"""By the name Compute Engine gives the accelerator."""

GPU_FAMILIES = ("n1", "g2", "a2")

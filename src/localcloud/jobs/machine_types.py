"""Machine types: vCPUs and memory by name.

Sizes of the predefined types are Google's published ones
(https://cloud.google.com/compute/docs/machine-resource, read as GiB per vCPU for each class).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

_MIB_PER_GIB = 1024

_SHARED_CORE: Mapping[str, tuple[int, int]] = {
    "e2-micro": (2, 1024),
    "e2-small": (2, 2048),
    "e2-medium": (2, 4096),
    "f1-micro": (1, 614),
    "g1-small": (1, 1740),
}

_GIB_PER_VCPU: Mapping[str, Mapping[str, float]] = {
    "e2": {"standard": 4, "highmem": 8, "highcpu": 1},
    "n1": {"standard": 3.75, "highmem": 6.5, "highcpu": 0.9},
    "n2": {"standard": 4, "highmem": 8, "highcpu": 1},
    "n2d": {"standard": 4, "highmem": 8, "highcpu": 1},
    "n4": {"standard": 4, "highmem": 8, "highcpu": 2},
    "n4d": {"standard": 4, "highmem": 8, "highcpu": 2},
    "t2d": {"standard": 4},
    "t2a": {"standard": 4},
    "c2": {"standard": 4},
    "c2d": {"standard": 4, "highmem": 8, "highcpu": 2},
    "c3": {"standard": 4, "highmem": 8, "highcpu": 2},
    "c3d": {"standard": 4, "highmem": 8, "highcpu": 2},
    "c4": {"standard": 3.75, "highmem": 7.75, "highcpu": 2},
    "c4a": {"standard": 4, "highmem": 8, "highcpu": 2},
    "c4d": {"standard": 3.75, "highmem": 7.75, "highcpu": 1.875},
}

_VCPUS: Mapping[str, tuple[int, ...]] = {
    "e2": (2, 4, 8, 16, 32),
    "n1": (1, 2, 4, 8, 16, 32, 64, 96),
    "n2": (2, 4, 8, 16, 32, 48, 64, 80, 96, 128),
    "n2d": (2, 4, 8, 16, 32, 48, 64, 80, 96, 128, 224),
    "n4": (2, 4, 8, 16, 32, 48, 64, 80),
    "n4d": (2, 4, 8, 16, 32, 48, 64, 80, 96),
    "t2d": (1, 2, 4, 8, 16, 32, 48, 60),
    "t2a": (1, 2, 4, 8, 16, 32, 48),
    "c2": (4, 8, 16, 30, 60),
    "c2d": (2, 4, 8, 16, 32, 56, 112),
    "c3": (4, 8, 22, 44, 88, 176),
    "c3d": (4, 8, 16, 30, 60, 90, 180, 360),
    "c4": (2, 4, 8, 16, 24, 32, 48, 96, 144, 192, 288),
    "c4a": (1, 2, 4, 8, 16, 32, 48, 64, 72),
    "c4d": (2, 4, 8, 16, 32, 48, 64, 96, 192, 384),
}

_CUSTOM_FAMILIES = frozenset({"n1", "n2", "n2d", "e2", "n4"})
_CUSTOM = re.compile(r"(?:(?P<family>[a-z]\d[a-z]?)-)?custom-(?P<vcpus>\d+)-(?P<mib>\d+)(-ext)?")
_PREDEFINED = re.compile(r"(?P<family>[a-z]\d[a-z]?)-(?P<kind>[a-z]+)-(?P<vcpus>\d+)")
_CUSTOM_STEP_MIB = 256
_MAX_CUSTOM_VCPUS = 224


def _quota_metric(family: str) -> str:
    return "CPUS" if family in {"e2", "n1", "f1", "g1"} else f"{family.upper()}_CPUS"


QUOTA_METRICS = tuple(sorted({_quota_metric(family) for family in _VCPUS}))
"""Every quota that vCPUs can count against."""


@dataclass(frozen=True, slots=True)
class MachineType:
    """A size of machine; memory in MiB."""

    name: str
    family: str
    vcpus: int
    memory_mib: int

    @property
    def quota_metric(self) -> str:
        """The quota its vCPUs count against, as Compute Engine names it."""
        return _quota_metric(self.family)


def parse_machine_type(name: str) -> MachineType:
    """The machine type of that name; ValueError saying what is wrong with it."""
    if name in _SHARED_CORE:
        vcpus, memory = _SHARED_CORE[name]
        return MachineType(name, name.partition("-")[0], vcpus, memory)
    if match := _CUSTOM.fullmatch(name):
        return _custom(name, match["family"] or "n1", int(match["vcpus"]), int(match["mib"]))
    match = _PREDEFINED.fullmatch(name)
    if match and int(match["vcpus"]) in _VCPUS.get(match["family"], ()):
        gib = _GIB_PER_VCPU[match["family"]].get(match["kind"])
        if gib is not None:
            vcpus = int(match["vcpus"])
            return MachineType(name, match["family"], vcpus, round(vcpus * gib * _MIB_PER_GIB))
    raise ValueError(f"machine type {name!r} does not exist{_hint(name)}")


def _custom(name: str, family: str, vcpus: int, memory_mib: int) -> MachineType:
    if family not in _CUSTOM_FAMILIES:
        known = ", ".join(sorted(_CUSTOM_FAMILIES))
        raise ValueError(f"machine type {name!r}: custom sizes exist for {known} only")
    if vcpus < 1 or vcpus > _MAX_CUSTOM_VCPUS or (vcpus > 1 and vcpus % 2):
        raise ValueError(
            f"machine type {name!r}: {vcpus} vCPUs; give 1 or an even number up to"
            f" {_MAX_CUSTOM_VCPUS}"
        )
    if memory_mib < _CUSTOM_STEP_MIB or memory_mib % _CUSTOM_STEP_MIB:
        raise ValueError(
            f"machine type {name!r}: {memory_mib} MiB of memory is not a multiple of"
            f" {_CUSTOM_STEP_MIB}"
        )
    return MachineType(name, family, vcpus, memory_mib)


def _hint(name: str) -> str:
    names = [
        f"{family}-{kind}-{vcpus}"
        for family, sizes in _VCPUS.items()
        for kind in _GIB_PER_VCPU[family]
        for vcpus in sizes
    ]
    near = get_close_matches(name, names, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""

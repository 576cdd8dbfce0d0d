"""List prices of us-central1 in US dollars: the one table that estimates and choices read.

Spot prices move; the tables say which day they are of. A price is what Google asked on that day, in
that region, without discounts and taxes: good for choosing the cheaper of two machines and for
estimates, not for bills.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from headrace.pipeline import DiskType

REGION = "us-central1"
HOURS_PER_MONTH = 730.0
"""What Google's own monthly prices count with."""

MINIMUM_SECONDS = 60.0
"""Of every machine, paid even if it stood for less ("VM instance pricing")."""


@dataclass(frozen=True)
class Source:
    """Where prices were read, and the day they are of."""

    text: str
    day: date


@dataclass(frozen=True)
class Price:
    """US dollars for one unit. `spot` is the full price where none was found or none exists."""

    on_demand: float
    spot: float

    def of(self, *, spot: bool) -> float:
        """Return the price of a spot machine, or of one on demand."""
        return self.spot if spot else self.on_demand


_COLLECTION = "Cloud Billing Catalog"
"""As collected in github.com/Cyclenerd/google-cloud-pricing-cost-calculator, file pricing.yml."""

MACHINE_SOURCE = Source(f"{_COLLECTION}, in pricing.yml at fd66b26", date(2026, 7, 30))
CPU_HOUR: Mapping[str, Price] = {
    "e2": Price(0.021812, 0.01309),
    "n1": Price(0.031611, 0.01115),
    "n2": Price(0.031611, 0.01499),
    "n2d": Price(0.027502, 0.00796),
    "c2d": Price(0.029563, 0.00993),
    "c3": Price(0.03465, 0.00849),
}
"""A vCPU for an hour, by machine family; those of `GPU_MACHINE_CPU_HOUR` are apart."""

GIB_HOUR: Mapping[str, Price] = {
    "e2": Price(0.002924, 0.001754),
    "n1": Price(0.004237, 0.001494),
    "n2": Price(0.004237, 0.00201),
    "n2d": Price(0.003686, 0.001067),
    "c2d": Price(0.003959, 0.00133),
    "c3": Price(0.003938, 0.000965),
}
"""A GiB of memory for an hour, by machine family."""

CUSTOM_PREMIUM = 1.05
"""What vCPUs and memory of a custom machine type cost more, at most ("VM instance pricing")."""

DISK_SOURCE = Source(f"{_COLLECTION}, in pricing.yml at fd66b26", date(2026, 7, 30))
DISK_GIB_MONTH: Mapping[DiskType, Price] = {
    DiskType.STANDARD: Price(0.04, 0.04),
    DiskType.BALANCED: Price(0.10, 0.10),
    DiskType.SSD: Price(0.17, 0.17),
    DiskType.LOCAL_SSD: Price(0.08, 0.0428),
}
"""A GiB of disk for a month, pro rata by the second."""

ADDRESS_HOUR = Price(0.005, 0.005)
"""An external IPv4 address in use for an hour; source and day as for disks."""

NAT_GIB = Price(0.045, 0.045)
"""A GiB that goes through Cloud NAT, either way; as above."""

EGRESS_GIB = Price(0.12, 0.12)
"""A GiB that leaves for the Internet, up to the first TiB of a month; as above."""

STORAGE_SOURCE = Source('Cloud Storage, "Pricing examples", a copy of 2024', date(2024, 1, 1))
CLASS_A = Price(0.005 / 1000, 0.005 / 1000)
CLASS_B = Price(0.0004 / 1000, 0.0004 / 1000)
"""One request to a bucket of the Standard class in one region.

A writes or lists, B reads. The page tells no day of the year.
"""

GPU_MACHINE_SOURCE = Source(f"{_COLLECTION}, in pricing.yml at 082120d", date(2024, 11, 7))
GPU_MACHINE_CPU_HOUR: Mapping[str, Price] = {
    "g2": Price(0.024988, 0.008408),
    "a2": Price(0.031611, 0.01264),
}
GPU_MACHINE_GIB_HOUR: Mapping[str, Price] = {
    "g2": Price(0.0029275, 0.000987),
    "a2": Price(0.004237, 0.001695),
}
"""Solved from machines of two sizes (g2), and from those of n1 and "Spot VMs pricing" (a2)."""

GPU_SOURCE = Source("L4, A100: pricing.yml at 082120d; others unchecked", date(2024, 11, 7))
GPU_HOUR: Mapping[str, Price] = {
    "nvidia-tesla-p4": Price(0.60, 0.60),
    "nvidia-tesla-t4": Price(0.35, 0.35),
    "nvidia-tesla-v100": Price(2.48, 2.48),
    "nvidia-l4": Price(0.56004, 0.2231),
    "nvidia-tesla-a100": Price(2.933908, 1.1736),
}
"""One GPU for an hour.

Those that join n1 machines were not checked against a page of Google: T4 and V100 are what several
public repositories state, P4 is unconfirmed, and no spot price was found for them: it is lower.
"""


def cpu_hour(family: str) -> Price:
    """Return the price of a vCPU-hour; KeyError for a family without one."""
    return {**CPU_HOUR, **GPU_MACHINE_CPU_HOUR}[family]


def gib_hour(family: str) -> Price:
    """Return the price of a GiB-hour of memory; KeyError for a family without one."""
    return {**GIB_HOUR, **GPU_MACHINE_GIB_HOUR}[family]


def disk_hour(type_: DiskType, size_gb: float, *, spot: bool) -> float:
    """Return what a disk of so many GiB costs in an hour."""
    return DISK_GIB_MONTH[type_].of(spot=spot) * size_gb / HOURS_PER_MONTH

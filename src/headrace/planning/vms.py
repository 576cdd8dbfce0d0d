"""The machine that a job, or the members of a group, would get, and its price."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from headrace.errors import JobRefusedError
from headrace.pipeline import DiskType
from headrace.planning import prices
from headrace.planning.families import LOCAL_SSD_GB
from headrace.planning.graph import MachineOptions, PlannedJob
from headrace.planning.machines import (
    MachineType,
    Request,
    cheapest,
    fitted,
    local_ssds,
    named,
)

MB_PER_GB = 1000
SMALLEST_DISK_GB = 10
SECONDS_PER_HOUR = 3600.0
BOOT_DISK = DiskType.BALANCED
"""What Batch boots from unless it is told otherwise."""


@dataclass(frozen=True)
class Needs:
    """What jobs need of one machine: vCPUs, MiB of memory, MB of disk."""

    cpus: int
    memory_mb: int
    disk_mb: int


@dataclass(frozen=True)
class Vm:
    """A machine with its disks; sizes in GB."""

    type: MachineType
    disk_type: DiskType
    disk_gb: int
    boot_disk_gb: int
    spot: bool
    external_address: bool

    @property
    def hourly(self) -> float:
        """US dollars for an hour, disks and address included."""
        disks = prices.disk_hour(self.disk_type, self.disk_gb, spot=self.spot)
        disks += prices.disk_hour(BOOT_DISK, self.boot_disk_gb, spot=self.spot)
        address = prices.ADDRESS_HOUR.of(spot=self.spot) if self.external_address else 0.0
        return self.type.price(spot=self.spot) + disks + address

    def cost(self, seconds: float) -> float:
        """Return US dollars for a machine that stood for so many seconds."""
        return self.hourly * max(seconds, prices.MINIMUM_SECONDS) / SECONDS_PER_HOUR


def together(waves: Iterable[Iterable[Needs]]) -> Needs:
    """Return what waves of jobs need on one machine, one wave after the other.

    The machine has the size of the largest wave; the disk holds the files of all.
    """
    sums = [
        Needs(
            sum(needs.cpus for needs in wave),
            sum(needs.memory_mb for needs in wave),
            sum(needs.disk_mb for needs in wave),
        )
        for wave in map(list, waves)
    ]
    return Needs(
        cpus=max(needs.cpus for needs in sums),
        memory_mb=max(needs.memory_mb for needs in sums),
        disk_mb=sum(needs.disk_mb for needs in sums),
    )


def disk_gb(disk_mb: int) -> int:
    """Return the GB to ask for, for so many MB."""
    return max(SMALLEST_DISK_GB, math.ceil(disk_mb / MB_PER_GB))


def waves(jobs: Sequence[PlannedJob]) -> list[list[PlannedJob]]:
    """Return a group's jobs, given in order, in waves: jobs that a pipe joins run at once."""
    return [list(wave) for _, wave in groupby(jobs, key=lambda job: job.pipe or job.jobid)]


def vm_for(jobs: Sequence[PlannedJob]) -> Vm:
    """Return the machine that jobs share, which run in this order.

    Raises:
        JobRefusedError: they ask for different machines, or no machine is large enough.
    """
    options = jobs[0].options
    if any(job.options != options for job in jobs):
        raise JobRefusedError("They ask for different lifesciences_… resources.")
    needs = together(
        [Needs(job.threads, job.mem_mb, job.disk_mb) for job in wave] for wave in waves(jobs)
    )
    return _vm(needs, options)


@cache
def _vm(needs: Needs, options: MachineOptions) -> Vm:
    request = Request(
        cpus=needs.cpus,
        memory_mb=needs.memory_mb,
        gpus=options.gpu,
        gpu_type=options.gpu_type,
        disk_type=options.disk_type,
        disk_gb=disk_gb(needs.disk_mb),
        cpu_platform=options.min_cpu_platform is not None,
    )
    if options.machine_type is not None:
        type_ = fitted(named(options.machine_type), request)
    else:
        type_ = cheapest(request, options.machine_families, spot=options.spot)
    return Vm(
        type=type_,
        disk_type=options.disk_type,
        disk_gb=placed_disk_gb(type_, request),
        boot_disk_gb=math.ceil(options.boot_disk_mb / MB_PER_GB),
        spot=options.spot,
        external_address=options.external_address,
    )


def placed_disk_gb(type_: MachineType, request: Request) -> int:
    """Return the GB of a request's disk on this type: local SSDs come in one size."""
    if request.disk_type is DiskType.LOCAL_SSD:
        return LOCAL_SSD_GB * (local_ssds(type_, request.disk_gb) or 1)
    return request.disk_gb

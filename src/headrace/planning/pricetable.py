"""A table of prices as a document: of one region, in one currency, every price with its day.

`BUILT_IN` is made of `headrace.planning.prices`. An installation may have a newer one of its own,
and prices that were negotiated lie over either (`headrace.money.pricing`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import msgspec

from headrace.errors import JobRefusedError, UnpricedError
from headrace.planning import machines, prices
from headrace.planning.machines import MIB_PER_GIB, MachineType
from headrace.planning.prices import Price, Source
from headrace.runs.status import Record

OLD_DAYS = 90
"""A price that is older says so wherever it is used."""

BOOT_DISK_TYPE = "pd-balanced"
"""What Batch boots from, and the local cloud's machines as well."""


class Rate(Record, frozen=True):
    """A price for one unit, on demand and for machines that may be taken away.

    Attributes:
        on_demand: in the table's currency.
        spot: in the table's currency; the full price where there is none apart.
        day: when the price was asked for.
        source: where it is from.
    """

    on_demand: float
    spot: float
    day: date
    source: str

    def of(self, *, spot: bool) -> float:
        """Return the price of a spot machine, or of one on demand."""
        return self.spot if spot else self.on_demand


class PriceTable(Record, frozen=True):
    """Prices of a region.

    Attributes:
        region: such as `us-central1`.
        currency: three letters.
        cpu_hour: a vCPU for an hour, by machine family.
        gib_hour: a GiB of memory for an hour, by machine family.
        gpu_hour: a GPU for an hour, by Compute Engine's name of it.
        disk_gib_month: a GiB of disk for a month, by Compute Engine's name of its type.
        address_hour: an external IPv4 address in use for an hour.
        nat_gib: a GiB that goes through Cloud NAT.
        egress_gib: a GiB that leaves for the Internet, in the lowest tier.
        class_a: one writing or listing request to Cloud Storage, Standard class, one region.
        class_b: one reading request.
    """

    region: str
    currency: str
    cpu_hour: dict[str, Rate]
    gib_hour: dict[str, Rate]
    gpu_hour: dict[str, Rate]
    disk_gib_month: dict[str, Rate]
    address_hour: Rate
    nat_gib: Rate
    egress_gib: Rate
    class_a: Rate
    class_b: Rate

    def machine_hour(self, machine_type: str, *, spot: bool, gpu: str = "") -> float:
        """Return what a machine costs in an hour, its disks apart.

        `gpu` is `TYPE:NUMBER` for GPUs that join it; those that are part of it need not be named.

        Raises:
            UnpricedError: there is no such type in our tables, or no price for its family.
        """
        type_ = _named(machine_type)
        gpu_type, number = _gpus(type_, gpu)
        cpu, gib = self._rate("cpu_hour", type_.family), self._rate("gib_hour", type_.family)
        plain = type_.cpus * cpu.of(spot=spot) + type_.memory_mb / MIB_PER_GIB * gib.of(spot=spot)
        premium = prices.CUSTOM_PREMIUM if "custom" in machine_type else 1.0
        gpus = number * self._rate("gpu_hour", gpu_type).of(spot=spot) if number else 0.0
        return plain * premium + gpus

    def disk_hour(self, disk_type: str, size_gb: float, *, spot: bool) -> float:
        """Return what a disk costs in an hour; raises `UnpricedError`."""
        price = self._rate("disk_gib_month", disk_type)
        return price.of(spot=spot) * size_gb / prices.HOURS_PER_MONTH

    def rates(self) -> Iterator[tuple[str, str, Rate]]:
        """Yield every price with the table and the name it stands under; single ones have none."""
        for field in msgspec.structs.fields(type(self)):
            value = getattr(self, field.name)
            if isinstance(value, Rate):
                yield field.name, "", value
            elif isinstance(value, dict):
                for name, rate in sorted(value.items()):
                    yield field.name, name, rate

    def _rate(self, table: str, name: str) -> Rate:
        known: Mapping[str, Rate] = getattr(self, table)
        if name not in known:
            raise UnpricedError(
                f"There is no price of {name} in {table}: run 'headrace prices refresh', or give "
                "one with 'headrace prices override'."
            )
        return known[name]


@dataclass(frozen=True)
class Use:
    """What a job's machine is, as far as its price goes; disks in GB."""

    machine_type: str
    spot: bool = False
    gpu: str = ""
    boot_disk_gb: float = 0.0
    work_disk_gb: float = 0.0
    disk_type: str = BOOT_DISK_TYPE
    public_address: bool = False


@dataclass(frozen=True)
class HourlyPrice:
    """What a machine costs in an hour, by what for."""

    compute: float
    disk: float
    network: float

    @property
    def total(self) -> float:
        """All of it."""
        return self.compute + self.disk + self.network


def hourly(table: PriceTable, use: Use) -> HourlyPrice:
    """Return the price of a machine with its disks and its address; raises `UnpricedError`."""
    boot = table.disk_hour(BOOT_DISK_TYPE, use.boot_disk_gb, spot=use.spot)
    work = table.disk_hour(use.disk_type, use.work_disk_gb, spot=use.spot)
    address = table.address_hour.of(spot=use.spot) if use.public_address else 0.0
    return HourlyPrice(
        compute=table.machine_hour(use.machine_type, spot=use.spot, gpu=use.gpu),
        disk=boot + work,
        network=address,
    )


def family_of(machine_type: str) -> str:
    """Return the machine family of a type: `n1` for `custom-4-8192`."""
    first = machine_type.partition("-")[0]
    return "n1" if first == "custom" else first


def oldest(table: PriceTable, families: set[str]) -> Rate:
    """Return the oldest of the prices that machines of these families are paid by."""
    used = [rate for name, rate in table.cpu_hour.items() if name in families]
    return min([*used, table.disk_gib_month[BOOT_DISK_TYPE]], key=lambda rate: rate.day)


def is_old(day: date, today: date) -> bool:
    """Tell whether a price of this day is to be renewed; a day to come is not old."""
    return (today - day).days > OLD_DAYS


def _named(machine_type: str) -> MachineType:
    try:
        return machines.named(machine_type)
    except JobRefusedError as error:
        raise UnpricedError(str(error)) from error


def _gpus(type_: MachineType, gpu: str) -> tuple[str, int]:
    """Return kind and number of a machine's GPUs, those that are part of it included."""
    kind, _, number = gpu.partition(":")
    if kind:
        return kind, int(number or 1)
    return type_.gpu_type or "", type_.gpus


def _rates(table: Mapping[str, Price], source: Source) -> dict[str, Rate]:
    return {name: _rate_of(price, source) for name, price in table.items()}


def _rate_of(price: Price, source: Source) -> Rate:
    return Rate(on_demand=price.on_demand, spot=price.spot, day=source.day, source=source.text)


BUILT_IN = PriceTable(
    region=prices.REGION,
    currency="USD",
    cpu_hour=_rates(prices.CPU_HOUR, prices.MACHINE_SOURCE)
    | _rates(prices.GPU_MACHINE_CPU_HOUR, prices.GPU_MACHINE_SOURCE),
    gib_hour=_rates(prices.GIB_HOUR, prices.MACHINE_SOURCE)
    | _rates(prices.GPU_MACHINE_GIB_HOUR, prices.GPU_MACHINE_SOURCE),
    gpu_hour=_rates(prices.GPU_HOUR, prices.GPU_SOURCE),
    disk_gib_month={
        kind.value: _rate_of(price, prices.DISK_SOURCE)
        for kind, price in prices.DISK_GIB_MONTH.items()
    },
    address_hour=_rate_of(prices.ADDRESS_HOUR, prices.DISK_SOURCE),
    nat_gib=_rate_of(prices.NAT_GIB, prices.DISK_SOURCE),
    egress_gib=_rate_of(prices.EGRESS_GIB, prices.DISK_SOURCE),
    class_a=_rate_of(prices.CLASS_A, prices.STORAGE_SOURCE),
    class_b=_rate_of(prices.CLASS_B, prices.STORAGE_SOURCE),
)
"""List prices of us-central1 that came with this version."""

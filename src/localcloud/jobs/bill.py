"""What the machines would have cost: pure arithmetic over dated list prices.

Prices are us-central1 list prices in USD, generated from Google's Billing Catalog API on
2026-07-30 (https://github.com/Cyclenerd/google-cloud-pricing-cost-calculator, pricing.yml). Uptime
is billed by the second with a minimum of one minute
(https://cloud.google.com/compute/vm-instance-pricing). Disks, addresses, network, storage and
discounts are not in the bill.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from localcloud.jobs.machine_types import parse_machine_type

PRICES_DATE = "2026-07-30"
MINIMUM_SECONDS = 60.0

_SECONDS_PER_HOUR = 3600.0
_MIB_PER_GIB = 1024.0


@dataclass(frozen=True, slots=True)
class Rates:
    """USD for a vCPU-hour and a GiB-hour, standard and spot."""

    vcpu: float
    gib: float
    spot_vcpu: float
    spot_gib: float


_RATES: Mapping[str, Rates] = {
    "e2": Rates(0.021812, 0.002924, 0.01309, 0.001754),
    "n1": Rates(0.031611, 0.004237, 0.01115, 0.001494),
    "n2": Rates(0.031611, 0.004237, 0.01499, 0.00201),
    "n2d": Rates(0.027502, 0.003686, 0.00796, 0.001067),
    "n4": Rates(0.03119, 0.00354, 0.0154, 0.001748),
    "n4d": Rates(0.02911, 0.00331, 0.01412, 0.001606),
    "c2d": Rates(0.029563, 0.003959, 0.00993, 0.00133),
    "c3": Rates(0.03465, 0.003938, 0.00849, 0.000965),
    "c3d": Rates(0.029563, 0.003959, 0.00659, 0.000882),
    "c4": Rates(0.03465, 0.003938, 0.02079, 0.002363),
    "c4a": Rates(0.03086, 0.00351, 0.01334, 0.001517),
    "c4d": Rates(0.032704, 0.003753, 0.01148, 0.001317),
}


@dataclass(frozen=True, slots=True)
class VmUse:
    """One machine's time: from its order to its release, in seconds."""

    api: str
    job: str
    labels: Mapping[str, str]
    machine_type: str
    spot: bool
    seconds: float

    @property
    def billed_seconds(self) -> float:
        """The time that is paid for."""
        return max(MINIMUM_SECONDS, self.seconds)

    @property
    def cost(self) -> float | None:
        """USD; None for a machine family whose price is not known here."""
        kind = parse_machine_type(self.machine_type)
        rates = _RATES.get(kind.family)
        if rates is None:
            return None
        vcpu, gib = (rates.spot_vcpu, rates.spot_gib) if self.spot else (rates.vcpu, rates.gib)
        hourly = kind.vcpus * vcpu + kind.memory_mib / _MIB_PER_GIB * gib
        return hourly * self.billed_seconds / _SECONDS_PER_HOUR


@dataclass(slots=True)
class Bill:
    """Every machine that was used; `keep` is called with each new one."""

    uses: list[VmUse] = field(default_factory=list)
    keep: Callable[[VmUse], None] = lambda _use: None

    def add(self, use: VmUse) -> None:
        """Note a released machine."""
        self.uses.append(use)
        self.keep(use)

    def clear(self) -> None:
        """Forget all."""
        self.uses.clear()

    def statement(self) -> dict[str, Any]:
        """The bill as JSON: the total, and the same by job and by label."""
        by_job: dict[tuple[str, str], list[VmUse]] = defaultdict(list)
        by_label: dict[tuple[str, str], list[VmUse]] = defaultdict(list)
        for use in self.uses:
            by_job[use.api, use.job].append(use)
            for label in use.labels.items():
                by_label[label].append(use)
        return {
            "currency": "USD",
            "pricesDate": PRICES_DATE,
            "total": _sum(self.uses),
            "jobs": [{"api": api, "job": job, **_sum(u)} for (api, job), u in by_job.items()],
            "labels": [{"key": k, "value": v, **_sum(u)} for (k, v), u in sorted(by_label.items())],
        }


def _sum(uses: Sequence[VmUse]) -> dict[str, Any]:
    """Machines, their seconds, the billed seconds and the cost; `unpriced` counts those without."""
    costs = [use.cost for use in uses]
    return {
        "machines": len(uses),
        "seconds": round(sum(use.seconds for use in uses), 3),
        "billedSeconds": round(sum(use.billed_seconds for use in uses), 3),
        "cost": round(sum(cost for cost in costs if cost is not None), 6),
        "unpriced": sum(cost is None for cost in costs),
    }

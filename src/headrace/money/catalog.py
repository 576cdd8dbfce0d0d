"""The Cloud Billing Catalog's entries (SKUs) become a price table: pure.

Shapes: discovery document `cloudbilling.v1` (revision 20260901). What an entry is the price of
stands in its description only ("Spot Preemptible N2D AMD Instance Core running in Iowa"); the
wording is that of build/mapping.csv of Cyclenerd/google-cloud-pricing-cost-calculator at 08440e7.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from headrace.errors import RecordError
from headrace.planning.pricetable import PriceTable, Rate

SERVICES = ("6F81-5844-456A", "E505-1604-58F8", "95FF-2EF5-5EA1")
"""Compute Engine, Networking and Cloud Storage, by their ids in the catalogue."""

SOURCE = "Cloud Billing Catalog"

_MACHINE = re.compile(
    r"(?P<spot>Spot Preemptible )?(?P<family>[A-Z][0-9][A-Z]?)( AMD| Arm| Predefined)? "
    r"Instance (?P<part>Core|Ram) running in "
)
_PARTS = {"Core": "cpu_hour", "Ram": "gib_hour"}
_GPU = re.compile(
    r"Nvidia (?P<name>(Tesla )?[A-Z][0-9]+)( GPU)? "
    r"(running|attached to (?P<spot>Spot) Preemptible VMs running) in "
)
_DISKS = {
    "Storage PD Capacity": "pd-standard",
    "Balanced PD Capacity": "pd-balanced",
    "SSD backed PD Capacity": "pd-ssd",
    "SSD backed Local Storage": "local-ssd",
}
_DISK = re.compile(
    rf"(?P<name>{'|'.join(_DISKS)})(?P<spot> attached to Spot Preemptible VMs)?( in .+)?\Z"
)
_ADDRESS = re.compile(r"External IP Charge on a (Standard|(?P<spot>Spot Preemptible)) VM\Z")
_NAT = re.compile(r"Networking Cloud Nat Data Processing")
_EGRESS = re.compile(
    r"Network Internet (Data Transfer Out|Egress) from (?P<place>.+) to (?P=place)\Z"
)
_REQUESTS = re.compile(r"Regional Standard Class (?P<class>[AB]) Operations\Z")

_PLACES: tuple[tuple[re.Pattern[str], Callable[[Mapping[str, str]], tuple[str, str]]], ...] = (
    (_MACHINE, lambda named: (_PARTS[named["part"]], named["family"].lower())),
    (_GPU, lambda named: ("gpu_hour", f"nvidia-{named['name'].lower().replace(' ', '-')}")),
    (_DISK, lambda named: ("disk_gib_month", _DISKS[named["name"]])),
    (_ADDRESS, lambda _: ("address_hour", "")),
    (_REQUESTS, lambda named: (f"class_{named['class'].lower()}", "")),
    (_NAT, lambda _: ("nat_gib", "")),
    (_EGRESS, lambda _: ("egress_gib", "")),
)
"""What a description that fits a pattern is the price of: table and name."""

_PLANS = ("OnDemand", "Preemptible")
"""Other usage types are commitments."""

_UNITS = {
    "cpu_hour": "h",
    "gib_hour": "GiBy.h",
    "gpu_hour": "h",
    "disk_gib_month": "GiBy.mo",
    "address_hour": "h",
    "nat_gib": "GiBy",
    "egress_gib": "GiBy",
    "class_a": "count",
    "class_b": "count",
}


@dataclass
class _Found:
    """Prices by table and name, on demand and spot apart."""

    on_demand: dict[tuple[str, str], float] = field(default_factory=dict)
    spot: dict[tuple[str, str], float] = field(default_factory=dict)


def table(
    skus: Iterable[Mapping[str, Any]], base: PriceTable, region: str, currency: str, today: date
) -> PriceTable:
    """Return the catalogue's prices of a region; what it does not tell is taken from `base`.

    Nothing is taken from a base in another currency: what the catalogue does not tell is then
    missing, or refused if every job needs it.

    Raises:
        RecordError: an entry has not the documented shape, or another currency than asked for, or
            a price that every job needs is in neither.
    """
    found = _Found()
    for sku in skus:
        _note(found, sku, region, currency)
    if not found.on_demand:
        raise RecordError(f"The Cloud Billing Catalog has no prices of machines in '{region}'.")
    tables: dict[str, dict[str, Rate]] = {}
    for place, on_demand in found.on_demand.items():
        name, key = place
        spot = min(found.spot.get(place, on_demand), on_demand)
        rate = Rate(on_demand=on_demand, spot=spot, day=today, source=SOURCE)
        tables.setdefault(name, {})[key] = rate
    return _merged(tables, base, region, currency)


def kind(description: str) -> tuple[str, str, bool] | None:
    """Return table, name and whether it is of spot machines, by an entry's description.

    None is the answer for everything that jobs do not pay for: commitments, custom machine types
    (priced by a premium, see `headrace.planning.prices`), licences, other products.
    """
    for pattern, place in _PLACES:
        match = pattern.match(description)
        if match:
            named = match.groupdict()
            return *place(named), bool(named.get("spot"))
    return None


def price_of(sku: Mapping[str, Any], currency: str) -> float:
    """Return an entry's price for one usage unit: that of the first tier that is not free.

    Raises:
        RecordError: it has not the documented shape, or another currency.
    """
    try:
        tiers = sku["pricingInfo"][-1]["pricingExpression"]["tieredRates"]
        amounts = [_amount(tier["unitPrice"], currency) for tier in tiers]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        name = sku.get("description", "without a description")
        raise RecordError(f"The catalogue's entry '{name}' has no readable price.") from error
    return next((amount for amount in amounts if amount > 0), 0.0)


def _note(found: _Found, sku: Mapping[str, Any], region: str, currency: str) -> None:
    what = kind(str(sku.get("description", "")))
    regions = sku.get("serviceRegions", [])
    plan = sku.get("category", {}).get("usageType")
    if what is None or plan not in _PLANS or not {region, "global"} & set(regions):
        return
    name, key, spot = what
    price = price_of(sku, currency)
    if price > 0 and _unit(sku) == _UNITS[name]:
        (found.spot if spot else found.on_demand)[name, key] = price


def _unit(sku: Mapping[str, Any]) -> str:
    return str(sku["pricingInfo"][-1]["pricingExpression"].get("usageUnit", ""))


def _amount(money: Mapping[str, Any], currency: str) -> float:
    """Read `Money`: whole units as text, and billionths."""
    if money.get("currencyCode", currency) != currency:
        raise RecordError(
            f"The catalogue answered in {money['currencyCode']} and was asked for {currency}."
        )
    return int(money.get("units", 0)) + int(money.get("nanos", 0)) / 1e9


def _merged(
    tables: dict[str, dict[str, Rate]], base: PriceTable, region: str, currency: str
) -> PriceTable:
    same = base.currency == currency
    merged: dict[str, Any] = {}
    for name in ("cpu_hour", "gib_hour", "gpu_hour", "disk_gib_month"):
        merged[name] = (getattr(base, name) if same else {}) | tables.get(name, {})
    for name in ("address_hour", "nat_gib", "egress_gib", "class_a", "class_b"):
        rate = tables.get(name, {}).get("")
        if rate is None and not same:
            raise RecordError(f"The Cloud Billing Catalog has no {name} of '{region}'.")
        merged[name] = rate or getattr(base, name)
    return PriceTable(region=region, currency=currency, **merged)

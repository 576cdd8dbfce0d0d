"""The prices of an installation: what the catalogue told last, and what was negotiated, over all.

    gs://RESULTS/control/prices.json            written by `headrace prices refresh`
    gs://RESULTS/control/price-overrides.json   written by `headrace prices override`

Without the first it is the table that came with this version.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec

from headrace.errors import InputError, ObjectMissingError
from headrace.gcs import ObjectUri
from headrace.guard.pause import CONTROL_FOLDER
from headrace.money import catalog
from headrace.money.records import PriceNote
from headrace.planning.pricetable import BUILT_IN, PriceTable, Rate, family_of, is_old, oldest
from headrace.records import decode_json, encode_json
from headrace.runs.status import Record
from headrace.runs.store import Store

PRICES_FILE = f"{CONTROL_FOLDER}/prices.json"
OVERRIDES_FILE = f"{CONTROL_FOLDER}/price-overrides.json"

OWN_SOURCE = "price-overrides.json"
_CURRENCY = re.compile(r"[A-Z]{3}\Z")


class OwnRate(Record, frozen=True):
    """A price of one's own; without `spot`, spot machines cost the same."""

    on_demand: float
    spot: float | None = None


class Overrides(Record, frozen=True):
    """Prices that were negotiated; they lie over all others.

    Attributes:
        day: the day they are of.
        currency: the currency that amounts are to be shown in; the table's own when absent.
        rate: how much of that currency one unit of the table's costs.
        compute_discount: the part that is taken off vCPUs, memory and GPUs, such as 0.15.
        cpu_hour: in `currency`, by machine family, as the tables below are.
        gib_hour: by machine family.
        gpu_hour: by Compute Engine's name of the GPU.
        disk_gib_month: by Compute Engine's name of the type.
    """

    day: date
    currency: str | None = None
    rate: float | None = None
    compute_discount: float = 0.0
    cpu_hour: dict[str, OwnRate] = msgspec.field(default_factory=dict)
    gib_hour: dict[str, OwnRate] = msgspec.field(default_factory=dict)
    gpu_hour: dict[str, OwnRate] = msgspec.field(default_factory=dict)
    disk_gib_month: dict[str, OwnRate] = msgspec.field(default_factory=dict)


def load(store: Store, results: str) -> PriceTable:
    """Return the installation's prices.

    Raises:
        RecordError: one of the two documents is no such document.
        InputError: the overrides do not fit the table.
    """
    table = _read(store, ObjectUri(results, PRICES_FILE), PriceTable) or BUILT_IN
    own = _read(store, ObjectUri(results, OVERRIDES_FILE), Overrides)
    return table if own is None else overridden(table, own)


def save_table(store: Store, results: str, table: PriceTable) -> ObjectUri:
    """Write the catalogue's prices; returns where they are."""
    uri = ObjectUri(results, PRICES_FILE)
    store.write(uri, encode_json(table))
    return uri


def save_overrides(store: Store, results: str, own: Overrides) -> ObjectUri:
    """Write prices of one's own, after trying them on the table; returns where they are."""
    overridden(_read(store, ObjectUri(results, PRICES_FILE), PriceTable) or BUILT_IN, own)
    uri = ObjectUri(results, OVERRIDES_FILE)
    store.write(uri, encode_json(own))
    return uri


def check_currency(currency: str) -> None:
    """Raise `InputError` unless it may be a currency; whether it is one, the catalogue knows."""
    if not _CURRENCY.match(currency):
        raise InputError(f"'{currency}' is no currency: write three capital letters, such as EUR.")


def overridden(table: PriceTable, own: Overrides) -> PriceTable:
    """Return the table with prices of one's own over it.

    Raises:
        InputError: a currency without its rate, or a number that cannot be meant.
    """
    factor = _factor(table, own)
    if not 0 <= own.compute_discount < 1:
        raise InputError(
            f"compute_discount is {own.compute_discount}: write the part that is taken off, 0.15."
        )
    changed: dict[str, Any] = {"currency": own.currency or table.currency}
    for field in msgspec.structs.fields(PriceTable):
        value = getattr(table, field.name)
        discount = own.compute_discount if field.name in {"cpu_hour", "gib_hour", "gpu_hour"} else 0
        if isinstance(value, Rate):
            changed[field.name] = _scaled(value, factor)
        elif isinstance(value, dict):
            scaled = {name: _scaled(rate, factor * (1 - discount)) for name, rate in value.items()}
            changed[field.name] = scaled | _own_rates(field.name, own)
    return msgspec.structs.replace(table, **changed)


def note(table: PriceTable, machine_types: Iterable[str], today: date) -> PriceNote:
    """Return what a document says of the prices it was made with."""
    rate = oldest(table, {family_of(name) for name in machine_types if name})
    return PriceNote(
        currency=table.currency, day=rate.day, source=rate.source, old=is_old(rate.day, today)
    )


def sentences(table: PriceTable, note_: PriceNote, region: str, today: date) -> list[str]:
    """Return what is to be said of the prices: too old, of another region."""
    said = []
    if note_.old:
        days = (today - note_.day).days
        said.append(
            f"The prices are of {note_.day}, {days} days ago: run 'headrace prices refresh'."
        )
    if table.region != region:
        said.append(
            f"The prices are those of {table.region}, and jobs run in {region}: run "
            "'headrace prices refresh'."
        )
    return said


def refreshed(
    skus: Iterable[dict[str, Any]], region: str, currency: str, today: date
) -> PriceTable:
    """Return the table that the catalogue's entries make; see `headrace.money.catalog.table`."""
    return catalog.table(skus, BUILT_IN, region, currency, today)


def _factor(table: PriceTable, own: Overrides) -> float:
    if own.currency is None or own.currency == table.currency:
        if own.rate not in {None, 1.0}:
            raise InputError(f"The prices are in {table.currency} already: leave out 'rate'.")
        return 1.0
    check_currency(own.currency)
    if own.rate is None or own.rate <= 0:
        raise InputError(
            f"The prices are in {table.currency} and are to be shown in {own.currency}: say with "
            f"'rate' how many {own.currency} one {table.currency} costs, or run "
            f"'headrace prices refresh --currency {own.currency}'."
        )
    return own.rate


def _scaled(rate: Rate, factor: float) -> Rate:
    return msgspec.structs.replace(rate, on_demand=rate.on_demand * factor, spot=rate.spot * factor)


def _own_rates(name: str, own: Overrides) -> dict[str, Rate]:
    given: dict[str, OwnRate] = getattr(own, name)
    for key, rate in given.items():
        if rate.on_demand < 0 or (rate.spot or 0) < 0:
            raise InputError(f"{name}: the price of '{key}' is below nothing.")
    return {
        key: Rate(
            on_demand=rate.on_demand,
            spot=rate.on_demand if rate.spot is None else rate.spot,
            day=own.day,
            source=OWN_SOURCE,
        )
        for key, rate in given.items()
    }


Document = Any


def _read(store: Store, uri: ObjectUri, kind: type[Document]) -> Document | None:
    try:
        return decode_json(store.read(uri), kind, str(uri))
    except ObjectMissingError:
        return None

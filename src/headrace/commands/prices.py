"""`headrace prices`: what machines cost here, from when that is, and prices of one's own."""

import argparse
from datetime import UTC, date, datetime
from pathlib import Path

from headrace.commands import output, place
from headrace.commands.topics import Topics, settings_of
from headrace.errors import InputError
from headrace.money import pricing
from headrace.money.pricing import Overrides
from headrace.planning.pricetable import OLD_DAYS, PriceTable, is_old
from headrace.records import decode_yaml, encode_json

COLUMNS = ["price of", "name", "on demand", "spot", "day", "source"]

_UNITS = {
    "cpu_hour": "vCPU, hour",
    "gib_hour": "GiB of memory, hour",
    "gpu_hour": "GPU, hour",
    "disk_gib_month": "GiB of disk, month",
    "address_hour": "external address, hour",
    "nat_gib": "GiB through Cloud NAT",
    "egress_gib": "GiB to the Internet",
    "class_a": "1000 writes or lists",
    "class_b": "1000 reads",
}
_SHOWN_BY_THOUSAND = {"class_a", "class_b"}


def add(topics: Topics) -> None:
    """Add `headrace prices show|refresh|override`."""
    commands = topics.add_parser("prices", help="what machines cost").add_subparsers(required=True)
    shown = commands.add_parser("show", help="the prices that estimates and costs use")
    shown.add_argument("--json", action="store_true", help="the whole table as JSON")
    shown.set_defaults(command=_show)
    refreshed = commands.add_parser("refresh", help="read them from the Cloud Billing Catalog")
    refreshed.add_argument("--currency", default="USD", help="three letters (default: USD)")
    refreshed.add_argument("--endpoint", help="another server of the Cloud Billing API")
    refreshed.set_defaults(command=_refresh)
    own = commands.add_parser("override", help="lay negotiated prices over them")
    own.add_argument("file", type=Path, metavar="FILE", help="YAML; an empty one takes all back")
    own.set_defaults(command=_override)


def _show(options: argparse.Namespace) -> None:
    settings = settings_of(options)
    table = pricing.load(place.store(settings), settings.results)
    if options.json:
        output.say(encode_json(table).decode().rstrip())
        return
    today = _today()
    output.say(f"Prices of {table.region} in {table.currency}, without taxes and discounts.")
    output.show_table(COLUMNS, [*_rows(table, today)])
    for sentence in _warnings(table, settings.region, today):
        output.say(sentence)


def _refresh(options: argparse.Namespace) -> None:
    from headrace.money import catalog_client  # noqa: PLC0415 - the API client loads slowly

    settings = settings_of(options)
    pricing.check_currency(options.currency)
    skus = catalog_client.skus(options.currency, options.endpoint)
    table = pricing.refreshed(skus, settings.region, options.currency, _today())
    uri = pricing.save_table(place.store(settings), settings.results, table)
    fresh = sum(rate.day == _today() for _, _, rate in table.rates())
    output.say(f"{fresh} prices of {table.region} in {table.currency} are in {uri}.")


def _override(options: argparse.Namespace) -> None:
    settings = settings_of(options)
    try:
        text = options.file.read_bytes()
    except OSError as error:
        raise InputError(f"{options.file} cannot be read: {error.strerror}.") from error
    own = (
        decode_yaml(text, Overrides, str(options.file)) if text.strip() else Overrides(day=_today())
    )
    uri = pricing.save_overrides(place.store(settings), settings.results, own)
    output.say(f"Prices of your own are in {uri}.")


def _rows(table: PriceTable, today: date) -> list[list[str]]:
    rows = []
    for name, key, rate in table.rates():
        by = 1000 if name in _SHOWN_BY_THOUSAND else 1
        day = f"{rate.day} (old)" if is_old(rate.day, today) else f"{rate.day}"
        amounts = [f"{amount * by:.6g}" for amount in (rate.on_demand, rate.spot)]
        rows.append([_UNITS[name], key, *amounts, day, rate.source])
    return rows


def _warnings(table: PriceTable, region: str, today: date) -> list[str]:
    old = [rate.day for _, _, rate in table.rates() if is_old(rate.day, today)]
    said = []
    if old:
        said.append(
            f"{len(old)} prices are older than {OLD_DAYS} days, the oldest of {min(old)}: "
            "run 'headrace prices refresh'."
        )
    if table.region != region:
        said.append(f"Jobs run in {region}, and these are prices of {table.region}.")
    return said


def _today() -> date:
    return datetime.now(UTC).date()

"""`headrace caps`: what may be spent, what is spent, and what is set aside for runs."""

import argparse
from datetime import UTC, datetime

from headrace.commands import output, place
from headrace.commands.topics import Topics, settings_of
from headrace.money import accounts, admission, closing
from headrace.money.ledger import State
from headrace.records import encode_json
from headrace.settings import Settings


def add(topics: Topics) -> None:
    """Add `headrace caps`."""
    command = topics.add_parser("caps", help="what may be spent, and what is left of it")
    command.add_argument("--json", action="store_true", help="the ledger, as JSON")
    command.add_argument(
        "--settle", action="store_true", help="give back what ended runs have left set aside"
    )
    command.set_defaults(command=_caps)


def _caps(options: argparse.Namespace) -> None:
    settings, now = settings_of(options), datetime.now(UTC)
    store = place.store(settings)
    if options.settle:
        settled = closing.settle_left(store, settings, now)
        output.say(f"{len(settled)} runs settled{': ' + ', '.join(settled) if settled else '.'}")
    state = admission.read(store, settings.results)
    if options.json:
        output.say(encode_json(state).decode().rstrip())
        return
    show(state, settings, state.currency or accounts.prices(store, settings).currency, now)


def show(state: State, settings: Settings, currency: str, now: datetime) -> None:
    """Show the caps with what is spent and set aside, and for which runs."""
    today = now.date()
    rows = [
        ["run", _amount(settings.cap_run), "", ""],
        ["day", *_used(settings.cap_day, state.on_day(today))],
        ["month", *_used(settings.cap_month, state.in_month(today))],
    ]
    output.say(f"Amounts in {currency}; days and months are those of UTC.")
    output.show_table(["cap of", "at most", "spent or set aside", "left"], rows)
    if state.open:
        output.say()
        held = [
            [one.run_id, f"{one.amount:.2f}", f"{one.made:%Y-%m-%d}", f"{one.expires:%Y-%m-%d}"]
            for one in state.open
        ]
        output.show_table(["run", "set aside", "on", "until at most"], held)


def _used(cap: float | None, used: float) -> list[str]:
    left = "" if cap is None else f"{max(0.0, cap - used):.2f}"
    return [_amount(cap), f"{used:.2f}", left]


def _amount(cap: float | None) -> str:
    return "no limit" if cap is None else f"{cap:.2f}"

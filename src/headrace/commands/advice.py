"""`headrace advice`: what would make runs cheaper, by what former ones used."""

import argparse

from headrace.commands import output, place
from headrace.commands.topics import Topics, settings_of
from headrace.money import accounts, memory
from headrace.money.advice import Advice, advise
from headrace.records import encode_json


def add(topics: Topics) -> None:
    """Add `headrace advice`."""
    command = topics.add_parser("advice", help="what would make runs cheaper")
    command.add_argument("--runs", type=int, default=memory.MOST_RUNS, help="the latest N")
    command.add_argument("--json", action="store_true", help="as JSON")
    command.set_defaults(command=_advice)


def _advice(options: argparse.Namespace) -> None:
    settings = settings_of(options)
    store = place.store(settings)
    runs = memory.recall(store, settings.results, options.runs)
    found = advise(runs, accounts.prices(store, settings))
    if options.json:
        output.say(encode_json(found).decode().rstrip())
    else:
        show(found, len(runs))


def show(found: list[Advice], runs: int) -> None:
    """Show advice to a person."""
    if not runs:
        output.say("No run has left anything to judge by yet.")
    elif not found:
        output.say(f"By the last {runs} runs there is nothing to change.")
    else:
        rows = [
            [one.rule or "all", one.topic.value, _percent(one.saving), one.sentence]
            for one in found
        ]
        output.show_table(["rule", "topic", "saves", "advice"], rows)


def _percent(saving: float | None) -> str:
    return "" if saving is None else f"{saving:.0%}"

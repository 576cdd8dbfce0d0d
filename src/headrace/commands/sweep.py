"""`headrace sweep`: start what no event started, and say what waits and why."""

import argparse
import sys
from datetime import timedelta
from pathlib import Path

from headrace.arrivals import function, triggers
from headrace.arrivals import sweep as sweeping
from headrace.arrivals.handler import Handler
from headrace.commands import output
from headrace.commands.topics import Topics, settings_of
from headrace.commands.triggers import RULES_FILE
from headrace.errors import HeadraceError
from headrace.money import closing
from headrace.records import encode_json
from headrace.settings import Settings


def add(topics: Topics) -> None:
    """Add `headrace sweep`."""
    command = topics.add_parser("sweep", help="start what was missed, say what waits, heal runs")
    command.add_argument(
        "--hours",
        type=float,
        default=sweeping.REACH / timedelta(hours=1),
        metavar="H",
        help="how far back to look (%(default)g)",
    )
    command.add_argument("--rules", type=Path, default=RULES_FILE, metavar="FILE")
    command.add_argument("--json", action="store_true", help="show everything, as JSON")
    command.set_defaults(command=_sweep)


def _sweep(options: argparse.Namespace) -> int:
    return sweep(settings_of(options), options.rules, options.hours, as_json=options.json)


def sweep(settings: Settings, rules: Path, hours: float, *, as_json: bool) -> int:
    """Sweep the inbox and show what was found; 1 if something failed.

    Raises:
        InputError: settings or rules are wrong.
        StorageError: the inbox cannot be listed.
    """
    function.check(settings)
    handler = function.new_handler(settings, triggers.load(rules))
    report = sweeping.sweep(handler, timedelta(hours=hours))
    if as_json:
        output.say(encode_json(report).decode().rstrip())
    else:
        _show(report, hours)
    _settle_left(handler)
    return int(report.failed)


def _settle_left(handler: Handler) -> None:
    """Give back what was set aside for runs that ended without doing so themselves."""
    try:
        settled = closing.settle_left(handler.store, handler.settings, handler.clock())
    except HeadraceError as error:
        sys.stderr.write(f"headrace: the ledger was not settled: {error}\n")
        return
    if settled:
        sys.stderr.write(f"Settled {len(settled)} runs that had not done so themselves.\n")


def _show(report: sweeping.SweepReport, hours: float) -> None:
    counts = ", ".join(f"{count} {kind.value}" for kind, count in report.counts.items())
    output.say(f"Uploads of the last {hours:g} hours: {counts or 'none'}.")
    if report.noteworthy:
        rows = [[s.object, s.kind.value, s.reason] for s in report.noteworthy]
        output.show_table(["object", "outcome", "reason"], rows)
    if report.runs:
        rows = [[run.run_id, run.cure.value, run.reason] for run in report.runs]
        output.show_table(["run", "outcome", "reason"], rows)

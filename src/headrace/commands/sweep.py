"""`headrace sweep`: start what no event started, and say what waits and why."""

from datetime import timedelta
from pathlib import Path

from headrace.arrivals import function, triggers
from headrace.arrivals import sweep as sweeping
from headrace.arrivals.handler import Kind
from headrace.commands import output
from headrace.records import encode_json
from headrace.settings import Settings


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
    return int(Kind.FAILED in report.counts)


def _show(report: sweeping.SweepReport, hours: float) -> None:
    counts = ", ".join(f"{count} {kind.value}" for kind, count in report.counts.items())
    output.say(f"Uploads of the last {hours:g} hours: {counts or 'none'}.")
    if report.noteworthy:
        rows = [[s.object, s.kind.value, s.reason] for s in report.noteworthy]
        output.show_table(["object", "outcome", "reason"], rows)

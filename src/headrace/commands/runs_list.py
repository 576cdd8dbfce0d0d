"""`headrace runs list`, `show` and `schema`."""

import argparse
import re
from datetime import UTC, datetime, timedelta

from headrace.commands import output, place
from headrace.commands.run_words import COLUMNS, describe, row
from headrace.commands.topics import Topics, settings_of
from headrace.records import encode_json
from headrace.runs import documents, listing
from headrace.runs.listing import State
from headrace.runs.records import Grade
from headrace.runs.selection import Wanted, summary
from headrace.runs.store import Store

_AGE = re.compile(r"(?P<number>\d+)(?P<unit>[hdw])\Z")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def add(commands: Topics) -> None:
    """Add the commands."""
    listed = commands.add_parser("list", help="runs, the latest first")
    listed.add_argument(
        "--state", type=_states, default=(), metavar="S,S", help="failed,cancelled and so on"
    )
    listed.add_argument("--rule", help="of this trigger rule")
    listed.add_argument("--sample", help="about this sample")
    listed.add_argument("--verdict", type=Grade, choices=list(Grade), metavar="PASS|WARN|FAIL")
    listed.add_argument("--since", type=_age, metavar="AGE", help="such as 12h, 7d or 2w")
    listed.add_argument("--limit", type=int, metavar="N", help="so many at most")
    listed.add_argument("--json", action="store_true", help="for programs")
    listed.set_defaults(command=_list)
    shown = commands.add_parser("show", help="one run: its input, its state, its results")
    shown.add_argument("run", metavar="RUN")
    shown.add_argument("--json", action="store_true", help="its documents, for programs")
    shown.set_defaults(command=_show)
    schema = commands.add_parser("schema", help="the JSON Schema of a document, or of all")
    schema.add_argument("document", nargs="?", choices=list(documents.schemas()))
    schema.set_defaults(command=_show_schema)


def _list(options: argparse.Namespace) -> None:
    settings = settings_of(options)
    since = datetime.now(UTC) - options.since if options.since else None
    wanted = Wanted(
        states=options.state,
        rule=options.rule,
        sample=options.sample,
        verdict=options.verdict,
        since=since,
        limit=options.limit,
    )
    show_list(place.store(settings), settings.results, wanted, as_json=options.json)


def _show(options: argparse.Namespace) -> None:
    settings = settings_of(options)
    show(place.store(settings), settings.results, options.run, as_json=options.json)


def _show_schema(options: argparse.Namespace) -> None:
    schemas = documents.schemas()
    shown = schemas[options.document] if options.document else schemas
    output.say(encode_json(shown).decode().rstrip())


def show_list(
    store: Store, results: str, wanted: Wanted | None = None, *, as_json: bool = False
) -> None:
    """Show the runs that are wanted, the latest first."""
    every = listing.list_runs(store, results)
    runs = (wanted or Wanted()).among(every)
    if as_json:
        output.say(encode_json([summary(run) for run in runs]).decode().rstrip())
    elif not every:
        output.say("There is no run yet. Upload files with 'headrace upload', then look again.")
    elif not runs:
        output.say(f"None of {len(every)} runs is like that.")
    else:
        now = datetime.now(UTC)
        output.show_table(COLUMNS, [row(run, now) for run in runs])


def show(store: Store, results: str, run_id: str, *, as_json: bool = False) -> None:
    """Show one run: what it is for, where it stands, what came of it."""
    run = listing.read_run(store, results, run_id)
    if as_json:
        output.say(encode_json({"state": run.state, **documents.of(run)}).decode().rstrip())
        return
    for line in describe(run, results, datetime.now(UTC)):
        output.say(line)
    if run.outputs is not None and run.outputs.verdicts:
        output.say()
        rows = [[v.sample, v.verdict.value, " ".join(v.reasons)] for v in run.outputs.verdicts]
        output.show_table(["sample", "verdict", "reasons"], rows)


def _states(text: str) -> tuple[State, ...]:
    try:
        return tuple(State(part) for part in text.split(","))
    except ValueError:
        known = ", ".join(state.value for state in State)
        raise argparse.ArgumentTypeError(f"'{text}': write one or more of {known}.") from None


def _age(text: str) -> timedelta:
    found = _AGE.match(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"'{text}': write a number with h, d or w, such as 7d.")
    return int(found["number"]) * _UNITS[found["unit"]]

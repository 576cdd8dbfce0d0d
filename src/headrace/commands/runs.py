"""`headrace runs`: what ran, what is running, and what came of it."""

import argparse
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from headrace.commands import (
    output,
    place,
    progress,
    runs_control,
    runs_index,
    runs_list,
    runs_open,
)
from headrace.commands.run_words import COLUMNS, row
from headrace.commands.topics import Topics, settings_of
from headrace.runs import listing
from headrace.runs.listing import State
from headrace.runs.store import Store

POLL_SECONDS = 2.0

_LOOKS_FOR_RUNS = 4


def add(topics: Topics) -> None:
    """Add `headrace runs` and its commands."""
    commands = topics.add_parser("runs", help="look at runs, stop and repeat them")
    named = commands.add_subparsers(required=True)
    runs_list.add(named)
    watched = named.add_parser("watch", help="progress until runs have ended")
    watched.add_argument("runs", nargs="*", metavar="RUN", help="all that are going on if none")
    watched.set_defaults(command=_watch)
    runs_open.add(named)
    runs_index.add(named)
    runs_control.add(named)


def _watch(options: argparse.Namespace) -> int:
    settings = settings_of(options)
    return watch(place.store(settings), settings.results, options.runs)


def _now() -> datetime:
    return datetime.now(UTC)


def watch(
    store: Store,
    results: str,
    run_ids: Sequence[str],
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], datetime] = _now,
) -> int:
    """Show progress until the runs, or all that are going on now, have ended; 1 if one failed."""
    wanted = list(run_ids) or _going_on(store, results, sleep)
    if not wanted:
        output.say("No run is going on.")
        return 0
    with progress.display(COLUMNS, passing="time") as display:
        while True:
            runs = listing.read_runs(store, results, wanted)
            now = clock()
            display.show([row(run, now) for run in runs])
            if all(run.state.ended for run in runs):
                break
            sleep(POLL_SECONDS)
    return 0 if all(run.state is State.SUCCEEDED for run in runs) else 1


def _going_on(store: Store, results: str, sleep: Callable[[float], None]) -> list[str]:
    """Return the runs that go on; give those of the latest uploads a moment to begin."""
    for _ in range(_LOOKS_FOR_RUNS):
        going = [run.run_id for run in listing.list_runs(store, results) if not run.state.ended]
        if going:
            return going
        sleep(POLL_SECONDS)
    return []

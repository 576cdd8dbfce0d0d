"""`headrace runs watch`: progress until runs have ended."""

import argparse
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from headrace.commands import output, place, watching
from headrace.commands.topics import Topics, settings_of
from headrace.runs import listing
from headrace.runs.listing import State
from headrace.runs.store import Store

POLL_SECONDS = 2.0

_LOOKS_FOR_RUNS = 4


def add(commands: Topics) -> None:
    """Add the command."""
    watched = commands.add_parser("watch", help="progress until runs have ended")
    watched.add_argument("runs", nargs="*", metavar="RUN", help="all that are going on if none")
    watched.set_defaults(command=_watch)


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
    with watching.view() as view:
        while True:
            runs = listing.read_runs(store, results, wanted)
            view.show(runs, clock())
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

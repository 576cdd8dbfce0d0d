"""`headrace runs cancel` and `rerun`: stop runs, and let them go on."""

import argparse
import getpass
import math
from datetime import UTC, datetime

from headrace.arrivals.claims import Started, Starter
from headrace.commands import output, place
from headrace.commands.topics import Topics, settings_of
from headrace.errors import InputError
from headrace.guard import pause
from headrace.page import publish
from headrace.runs import cancelling, ending, listing, rerunning
from headrace.runs.listing import Run, State
from headrace.runs.records import RunError, RunRequest, run_folder
from headrace.runs.store import Store
from headrace.services import JobService


def add(commands: Topics) -> None:
    """Add the commands."""
    stopped = commands.add_parser("cancel", help="stop a run: its controller and its jobs")
    stopped.add_argument("run", metavar="RUN")
    stopped.add_argument("--reason", default="no reason given", help="for those who wonder")
    stopped.set_defaults(command=_cancel)
    again = commands.add_parser(
        "rerun", help="a failed run again, under a new id, with what it has finished"
    )
    again.add_argument("run", metavar="RUN")
    again.add_argument("--fresh", action="store_true", help="do everything again")
    again.add_argument("--cap", type=_price, metavar="AMOUNT", help="the most it may cost now")
    again.set_defaults(command=_rerun)


def _cancel(options: argparse.Namespace) -> None:
    settings = settings_of(options)
    store, service = place.store(settings), place.service(settings)
    run = listing.read_run(store, settings.results, options.run)
    why = f"Cancelled by {getpass.getuser()}: {options.reason.rstrip('.')}."
    cancel(store, service, settings.results, run, why)


def _rerun(options: argparse.Namespace) -> None:
    settings = settings_of(options)
    store = place.store(settings)
    run = listing.read_run(store, settings.results, options.run)
    now = datetime.now(UTC)
    wanted = rerunning.request(run, settings, now, fresh=options.fresh, cap=options.cap)
    start(Starter(settings, store, place.service(settings)), wanted, now)


def cancel(store: Store, service: JobService, results: str, run: Run, why: str) -> None:
    """Stop a run and say what was stopped; one that has ended is asked for what still runs of it.

    Raises:
        StorageError, ServiceError: it could not be stopped; do it again.
    """
    run_id = run.run_id
    folder = run_folder(results, run_id)
    sentence = f"{why} Finished results are kept."
    end = ending.error(folder, sentence, datetime.now(UTC), cancelled=True)
    count = sum(1 for _ in cancelling.at_work(service, run_id))
    if count:
        output.say(f"Stopping {count} jobs; on Google Cloud that takes minutes ...")
    held = cancelling.cancel(store, service, folder, end)
    if held == end:
        output.say(f"Run {run_id} is cancelled; {_jobs(count)} stopped.")
    else:
        words = held.sentence if isinstance(held, RunError) else "It succeeded."
        output.say(f"Run {run_id} had ended before; {_jobs(count)} stopped. {words}")
    _renew_page(store, results, run_id)
    if run.request is None:
        output.say("It was started by hand: its Snakemake may still run where it was started.")


def start(starter: Starter, wanted: RunRequest, now: datetime) -> None:
    """Start a run again, unless somebody has done so already; then say how that one stands.

    Raises:
        InputError: that one has ended as well.
        PausedError: nothing may be started now.
    """
    pause.check(starter.store, starter.settings.results)
    started = starter.start(wanted, now)
    if started is not Started.BEFORE:
        output.say(wanted.run_id)
        return
    other = listing.read_run(starter.store, starter.settings.results, wanted.run_id)
    if other.state in {State.FAILED, State.CANCELLED, State.SUCCEEDED}:
        fresh = "" if wanted.continues and other.state is not State.SUCCEEDED else " --fresh"
        raise InputError(
            f"It was run again before, as {other.run_id}, which is {other.state.value}: "
            f"'headrace runs rerun{fresh} {other.run_id}'."
        )
    output.say(f"{other.run_id}\nIt was run again before and is {other.state.value}.")


def _renew_page(store: Store, results: str, run_id: str) -> None:
    """Let the run's page say so: the controller may have had no time for it."""
    try:
        publish.write_page(store, run_folder(results, run_id), datetime.now(UTC))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the page, the run is stopped
        output.say(f"Its page was not renewed: {error}")


def _price(text: str) -> float:
    try:
        price = float(text)
    except ValueError:
        price = math.nan
    if not 0 < price < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is no price above 0.")
    return price


def _jobs(count: int) -> str:
    return "1 job was" if count == 1 else f"{count} jobs were"

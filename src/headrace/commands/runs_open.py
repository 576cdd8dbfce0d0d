"""`headrace runs open`: the run's page or report in the browser."""

import argparse
import webbrowser

from headrace.commands import output, place
from headrace.commands.topics import Topics, settings_of
from headrace.gcs import ObjectUri
from headrace.runs import links, listing
from headrace.runs.listing import Run
from headrace.runs.records import PAGE_FILE, run_folder
from headrace.runs.store import Store


def add(commands: Topics) -> None:
    """Add the command."""
    opened = commands.add_parser("open", help="a run's page in the browser")
    opened.add_argument("run", metavar="RUN")
    opened.add_argument("--print", action="store_true", help="show the address only")
    opened.set_defaults(command=_open)


def _open(options: argparse.Namespace) -> None:
    settings = settings_of(options)
    store = place.store(settings)
    run = listing.read_run(store, settings.results, options.run)
    found = address(store, settings.results, run, settings.storage_endpoint)
    output.say(found)
    if output.on_terminal() and not options.print:
        webbrowser.open(found)


def address(store: Store, results: str, run: Run, endpoint: str | None) -> str:
    """Return the address of the run's page; without one of its report, or else of its folder."""
    folder = run_folder(results, run.run_id)
    page = folder / PAGE_FILE
    if any(stored.uri == page for stored in store.list_objects(page)):
        return links.of_object(page, endpoint)
    if run.outputs is not None and run.outputs.report:
        return links.of_object(ObjectUri.parse(run.outputs.report), endpoint)
    return links.of_folder(folder, endpoint)

"""`headrace runs index`: the page of all runs, made again."""

import argparse
from datetime import UTC, datetime

from headrace.commands import output, place
from headrace.commands.topics import Topics, settings_of
from headrace.gcs import ObjectUri
from headrace.page import words
from headrace.runs import links
from headrace.runs.records import PAGE_FILE


def add(commands: Topics) -> None:
    """Add the command."""
    index = commands.add_parser("index", help="make the page of all runs again")
    index.add_argument(
        "--fresh", action="store_true", help="read every run again, not only what is new"
    )
    index.set_defaults(command=_index)


def _index(options: argparse.Namespace) -> None:
    from headrace.page import overview  # noqa: PLC0415 - jinja2 is not on every machine

    settings = settings_of(options)
    count = overview.renew(
        place.store(settings), settings.results, datetime.now(UTC), fresh=options.fresh
    )
    page = ObjectUri(settings.results, f"runs/{PAGE_FILE}")
    output.say(f"{words.count(count, 'run')}: {links.of_object(page, settings.storage_endpoint)}")

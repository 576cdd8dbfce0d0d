"""`headrace runs replay`: a folder of the inbox as if it had just been uploaded."""

import argparse
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from headrace import gcs
from headrace.arrivals import function, triggers
from headrace.arrivals import sweep as sweeping
from headrace.arrivals.handler import Handler
from headrace.commands import output
from headrace.commands.topics import Topics, settings_of
from headrace.commands.triggers import RULES_FILE

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def add(commands: Topics) -> None:
    """Add the command."""
    replayed = commands.add_parser(
        "replay", help="a folder of the inbox as if it had just been uploaded"
    )
    replayed.add_argument("folder", metavar="FOLDER", help="such as run42")
    replayed.add_argument(
        "--again", action="store_true", help="new runs for what has had its run as well"
    )
    replayed.add_argument("--rules", type=Path, default=RULES_FILE, metavar="FILE")
    replayed.set_defaults(command=_replay)


def _replay(options: argparse.Namespace) -> int:
    settings = settings_of(options)
    function.check(settings)
    handler = function.new_handler(settings, triggers.load(options.rules))
    return replay(handler, options.folder, again=options.again)


def replay(handler: Handler, folder: str, *, again: bool) -> int:
    """Decide on all that lies in a folder, show what came of it; 1 if something failed.

    Raises:
        InputError: it cannot be a folder.
        StorageError: it cannot be listed.
    """
    name = folder.removeprefix(f"gs://{handler.settings.inbox}/").rstrip("/")
    gcs.check_name(name, "folder")
    if again:
        handler = replace(handler, launcher=replace(handler.launcher, again=True))
    report = sweeping.look_through(handler, f"{name}/", LONG_AGO)
    if not report.found:
        output.say(f"There is nothing in gs://{handler.settings.inbox}/{name}/.")
        return 1
    rows = [[found.object, found.kind.value, found.reason] for found in report.found]
    output.show_table(["object", "outcome", "reason"], rows)
    return int(report.failed)

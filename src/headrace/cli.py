"""`headrace`: upload files, look at runs, check the rules, deploy.

Exit codes: 0 for well, 1 for a failure or a run that failed, 2 for wrong input.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from headrace.arrivals.sweep import REACH
from headrace.commands import installing, output, place, runs, sweep, triggers, upload
from headrace.errors import HeadraceError, InputError, SettingsError
from headrace.records import encode_json
from headrace.runs.records import schemas

_RULES_FILE = Path("config/triggers.yaml")
_UPLOADS_FOLDER = "uploads"
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line entry point; returns the exit code."""
    options = parser().parse_args(arguments)
    try:
        return int(options.command(options) or 0)
    except HeadraceError as error:
        sys.stderr.write(f"headrace: {error}\n")
        return 2 if isinstance(error, InputError) else 1
    except KeyboardInterrupt:
        return _INTERRUPTED


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; `command` of what it returns carries one out."""
    commands = argparse.ArgumentParser(
        prog="headrace", description="Upload a file, get checked results."
    )
    commands.add_argument(
        "--local", action="store_true", help="use the local cloud that 'make up' started here"
    )
    topics = commands.add_subparsers(required=True, metavar="COMMAND")
    _add_upload(topics)
    _add_runs(topics.add_parser("runs", help="look at runs").add_subparsers(required=True))
    _add_triggers(
        topics.add_parser("triggers", help="check the rules").add_subparsers(required=True)
    )
    _add_sweep(topics)
    installing.add_deploy(topics)
    installing.add_pause(topics)
    return commands


def _add_upload(topics: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = topics.add_parser("upload", help="upload files to the inbox")
    command.add_argument("files", nargs="+", type=Path, metavar="FILE")
    command.add_argument(
        "--to",
        default=_UPLOADS_FOLDER,
        metavar="FOLDER",
        help="its folder there (%(default)s)",
    )
    command.set_defaults(command=_upload)


def _add_runs(topics: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    topics.add_parser("list", help="all runs, the latest first").set_defaults(command=_list_runs)
    show = topics.add_parser("show", help="one run: its input, its state, its results")
    show.add_argument("run", metavar="RUN")
    show.set_defaults(command=_show_run)
    watch = topics.add_parser("watch", help="progress until runs have ended")
    watch.add_argument("runs", nargs="*", metavar="RUN", help="all that are going on if none")
    watch.set_defaults(command=_watch_runs)
    schema = topics.add_parser("schema", help="the JSON Schema of a document in a run's folder")
    schema.add_argument("document", choices=list(schemas()), help="which document")
    schema.set_defaults(command=_show_schema)


def _add_triggers(topics: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    check = topics.add_parser("check", help="is a rules file right?")
    check.add_argument("file", nargs="?", type=Path, default=_RULES_FILE, metavar="FILE")
    check.set_defaults(command=_check_triggers)
    explain = topics.add_parser("explain", help="what would an upload of this name do?")
    explain.add_argument("name", metavar="NAME", help="such as run42/s1_L001_R1.fastq.gz")
    explain.add_argument("--rules", type=Path, default=_RULES_FILE, metavar="FILE")
    explain.set_defaults(command=_explain_trigger)


def _add_sweep(topics: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = topics.add_parser("sweep", help="start what no event started, and say what waits")
    command.add_argument(
        "--hours",
        type=float,
        default=REACH / timedelta(hours=1),
        metavar="H",
        help="how far back to look (%(default)g)",
    )
    command.add_argument("--rules", type=Path, default=_RULES_FILE, metavar="FILE")
    command.add_argument("--json", action="store_true", help="show everything, as JSON")
    command.set_defaults(command=_sweep)


def _upload(options: argparse.Namespace) -> None:
    settings = place.find(want_local=options.local)
    if not settings.inbox:
        raise SettingsError("Missing settings: set HEADRACE_INBOX to the bucket of uploads.")
    upload.upload(place.store(settings), settings.inbox, options.files, options.to.strip("/"))


def _list_runs(options: argparse.Namespace) -> None:
    settings = place.find(want_local=options.local)
    runs.show_list(place.store(settings), settings.results)


def _show_run(options: argparse.Namespace) -> None:
    settings = place.find(want_local=options.local)
    runs.show(place.store(settings), settings.results, options.run)


def _watch_runs(options: argparse.Namespace) -> int:
    settings = place.find(want_local=options.local)
    return runs.watch(place.store(settings), settings.results, options.runs)


def _show_schema(options: argparse.Namespace) -> None:
    output.say(encode_json(schemas()[options.document]).decode().rstrip())


def _check_triggers(options: argparse.Namespace) -> None:
    triggers.check(options.file)


def _explain_trigger(options: argparse.Namespace) -> int:
    return triggers.explain(options.rules, options.name)


def _sweep(options: argparse.Namespace) -> int:
    settings = place.find(want_local=options.local)
    return sweep.sweep(settings, options.rules, options.hours, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())

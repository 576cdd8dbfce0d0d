"""`headrace plan`: what a run would take and cost, which jobs should share a machine, and why."""

import argparse
import sys
from pathlib import Path

from headrace import dryrun
from headrace.commands import output, place, plans
from headrace.commands.topics import Topics, settings_of
from headrace.errors import InputError, SettingsError, StorageError
from headrace.money import memory
from headrace.planning import report
from headrace.planning.assumptions import PUBLISHED
from headrace.planning.durations import expected
from headrace.planning.history import RunHistory
from headrace.planning.simulation import Quota
from headrace.records import encode_json

LOCAL_PROFILE, PROFILE = "profiles/local", "profiles/gcp"


def add(topics: Topics) -> None:
    """Add `headrace plan`."""
    command = topics.add_parser(
        "plan", help="what a run would take and cost, and which jobs should share a machine"
    )
    command.add_argument(
        "--profile",
        metavar="FOLDER",
        help=f"Snakemake profile ({PROFILE}; locally {LOCAL_PROFILE})",
    )
    command.add_argument(
        "--vms", type=_count, metavar="N", help="machines at once (as many as the profile's jobs)"
    )
    command.add_argument("--cpus", type=_count, metavar="N", help="vCPUs at once (no limit)")
    command.add_argument("--json", action="store_true", help="show everything, as JSON")
    command.add_argument("--svg", type=Path, metavar="FILE", help="draw the fused run")
    command.add_argument(
        "--write", type=Path, metavar="FILE", help="write the groups, for the setting fuse"
    )
    command.add_argument(
        "arguments", nargs="*", metavar="ARGUMENT", help="of Snakemake, such as targets, after --"
    )
    command.set_defaults(command=_plan)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number above 0")
    return int(text)


def _plan(options: argparse.Namespace) -> None:
    profile = options.profile or (LOCAL_PROFILE if options.local else PROFILE)
    if options.profile is None and not (Path(profile) / "config.yaml").exists():
        raise InputError(f"There is no {profile} here: go to a checkout, or name a --profile.")
    if output.on_terminal():
        sys.stderr.write("Asking Snakemake what it would do ...\n")
    workflow = dryrun.plan(
        ["--profile", profile, "--lifesciences-fuse", "off", *options.arguments], Path()
    )
    seconds, source = expected(workflow, _former_runs(options))
    made = report.plan(
        workflow,
        seconds,
        source,
        assumptions=PUBLISHED,
        quota=Quota(vms=options.vms or workflow.at_once, cpus=options.cpus),
    )
    if options.svg is not None:
        options.svg.write_text(plans.picture(workflow, made))
    if options.write is not None:
        options.write.write_text(plans.group_text(workflow, made))
    if options.json:
        output.say(encode_json(made.report).decode().rstrip())
    else:
        plans.show(made.report)


def _former_runs(options: argparse.Namespace) -> list[RunHistory]:
    """Return what the installation remembers; nothing where there is none, or out of reach."""
    try:
        settings = settings_of(options)
        return memory.recall(place.store(settings), settings.results)
    except (SettingsError, StorageError):
        return []

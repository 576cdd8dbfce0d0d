"""`headrace plan`: what a run would take and cost, which jobs should share a machine, and why."""

import argparse
from pathlib import Path

from headrace.commands.topics import Topics
from headrace.errors import InputError

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
    from headrace.commands import plans  # noqa: PLC0415 - networkx loads slowly

    plans.make(options, profile)

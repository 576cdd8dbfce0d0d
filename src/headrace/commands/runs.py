"""`headrace runs`: what ran, what is running, and what came of it."""

from headrace.commands import (
    runs_control,
    runs_index,
    runs_list,
    runs_open,
    runs_replay,
    runs_watch,
)
from headrace.commands.topics import Topics


def add(topics: Topics) -> None:
    """Add `headrace runs` and its commands."""
    commands = topics.add_parser("runs", help="look at runs, stop and repeat them")
    named = commands.add_subparsers(required=True)
    runs_list.add(named)
    runs_watch.add(named)
    runs_open.add(named)
    runs_index.add(named)
    runs_control.add(named)
    runs_replay.add(named)

"""The command line of `headrace deploy`, `pause` and `resume`."""

import argparse
import getpass
from pathlib import Path
from typing import Any

from headrace.commands import deploy, pause, place
from headrace.commands.topics import Topics, settings_of
from headrace.deploy.steps import Deployment

_ANSWERS = {
    "project_id": ("--project", "existing project that everything is made in"),
    "region": ("--region", "region of everything, such as us-central1"),
    "billing_account": ("--billing-account", "billing account, for a budget and its guard"),
    "monthly_budget": ("--budget", "budget of a month, in the account's currency"),
}


def add_deploy(topics: Topics) -> None:
    """Add `headrace deploy plan|apply|doctor|destroy`."""
    parser = topics.add_parser("deploy", help="an installation on Google Cloud, from this checkout")
    commands = parser.add_subparsers(required=True)
    plan = _command(commands, "plan", "what would be made, its cost, who may do what")
    plan.set_defaults(command=lambda options: _deployment(options).plan())
    apply = _command(commands, "apply", "make it so")
    apply.set_defaults(command=lambda options: _deployment(options).apply(sure=options.yes))
    destroy = _command(commands, "destroy", "remove it, without buckets and their data")
    destroy.add_argument("--data", action="store_true", help="delete buckets and all data as well")
    destroy.set_defaults(
        command=lambda options: _deployment(options).destroy(data=options.data, sure=options.yes)
    )
    for command in (apply, destroy):
        command.add_argument("--yes", action="store_true", help="do not ask")
    doctor = _command(commands, "doctor", "what could be wrong, and how to mend it")
    doctor.add_argument("--upload", action="store_true", help="with a test upload")
    doctor.set_defaults(
        command=lambda options: deploy.examine(_deployment(options), upload=options.upload)
    )


def add_pause(topics: Topics) -> None:
    """Add `headrace pause` and `headrace resume`."""
    stop = topics.add_parser("pause", help="submit nothing until 'headrace resume'")
    stop.set_defaults(command=_stop)
    go_on = topics.add_parser("resume", help="end a pause")
    go_on.set_defaults(command=_go_on)
    for command in (stop, go_on):
        command.add_argument("--reason", default="no reason given", help="for those who wonder")


def _command(commands: Topics, name: str, text: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=text)
    for variable, (option, meaning) in _ANSWERS.items():
        kind = int if variable == "monthly_budget" else str
        command.add_argument(option, dest=variable, type=kind, help=meaning)
    return command


def _deployment(options: argparse.Namespace) -> Deployment:
    given: dict[str, Any] = {name: getattr(options, name) for name in _ANSWERS}
    return deploy.deployment(Path(), given)


def _stop(options: argparse.Namespace) -> None:
    settings = settings_of(options)
    pause.stop(place.store(settings), settings.results, options.reason, getpass.getuser())


def _go_on(options: argparse.Namespace) -> None:
    settings = settings_of(options)
    pause.go_on(place.store(settings), settings.results, options.reason, getpass.getuser())

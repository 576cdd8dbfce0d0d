"""What every topic of the command line needs: where it is added, which installation is meant."""

import argparse
from typing import TypeAlias

from headrace.commands import place
from headrace.settings import Settings

Topics: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001
"""The topics of `headrace`, or the commands of a topic, as argparse keeps them."""


def settings_of(options: argparse.Namespace) -> Settings:
    """Return the installation that the command line means; raises `SettingsError`."""
    return place.find(want_local=options.local)

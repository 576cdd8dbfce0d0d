"""`headrace`: upload files, look at runs, check the rules, deploy.

Exit codes: 0 for well, 1 for a failure or a run that failed, 2 for wrong input.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from headrace.commands import (
    advice,
    caps,
    cost,
    estimate,
    images,
    installing,
    lint,
    new_rule,
    notices,
    plan,
    prices,
    runs,
    sweep,
    triggers,
    upload,
)
from headrace.errors import HeadraceError, InputError

_TOPICS = (
    upload.add,
    runs.add,
    triggers.add,
    sweep.add,
    notices.add,
    plan.add,
    prices.add,
    estimate.add,
    cost.add,
    caps.add,
    advice.add,
    lint.add,
    new_rule.add,
    images.add,
    installing.add_deploy,
    installing.add_pause,
)

_INTERRUPTED = 130
_BROKEN_PIPE = 141


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
    except BrokenPipeError:  # whoever read has seen enough: `headrace runs list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE


def parser() -> argparse.ArgumentParser:
    """Return the parser of all topics; `command` of what it returns carries one out."""
    commands = argparse.ArgumentParser(
        prog="headrace", description="Upload a file, get checked results."
    )
    commands.add_argument(
        "--local", action="store_true", help="use the local cloud that 'make up' started here"
    )
    topics = commands.add_subparsers(required=True, metavar="COMMAND")
    for add in _TOPICS:
        add(topics)
    return commands


if __name__ == "__main__":
    sys.exit(main())

"""After `snakemake -n`: what the run would take and cost, in two lines.

`headrace estimate` finds it out, with the arguments that Snakemake was given.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from headrace.settings import DRY_RUN_VARIABLE

SWITCH = "HEADRACE_ESTIMATE"
"""`off` in this variable keeps dry runs silent and as fast as Snakemake's own."""

SECONDS = 120

_DRY = {"-n", "--dry-run", "--dryrun"}
_PROGRAMS = {"snakemake", "__main__.py"}


def say(arguments: Sequence[str] | None = None) -> None:
    """Write the two lines, or why there are none, to standard error."""
    words = sys.argv if arguments is None else arguments
    planned_by_us = DRY_RUN_VARIABLE in os.environ
    if planned_by_us or os.environ.get(SWITCH) == "off" or Path(words[0]).name not in _PROGRAMS:
        return
    command = [sys.executable, "-m", "headrace.cli", "estimate", "--brief", "--"]
    try:
        done = subprocess.run(
            [*command, *without_dry(words[1:])],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        sys.stderr.write(f"No estimate: {error}\n")
        return
    said = done.stdout if done.returncode == 0 else f"No estimate: {done.stderr.strip()}\n"
    sys.stderr.write(said)


def without_dry(words: Sequence[str]) -> Iterator[str]:
    """Yield Snakemake's arguments without those that make a dry run."""
    for word in words:
        if word in _DRY:
            continue
        is_cluster = word.startswith("-") and not word.startswith("--") and word[1:].isalpha()
        if is_cluster and set(word[1:]) <= set("npqrF"):
            rest = word[1:].replace("n", "")
            if rest:
                yield f"-{rest}"
            continue
        yield word

"""Ask Snakemake for a workflow's rules, in a process of its own: the library never imports it."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from headrace.errors import InputError
from headrace.records import decode_json
from headrace.rules.model import Rulebook

READER = "snakemake_executor_plugin_lifesciences.rulebook"


def read(snakefile: Path | None, configfiles: Sequence[Path]) -> Rulebook:
    """Return the rules of a Snakefile, or of the folder's own if None.

    Raises:
        InputError: Snakemake cannot read it; the text is Snakemake's own.
    """
    command = [sys.executable, "-m", READER]
    command += [] if snakefile is None else ["--snakefile", str(snakefile)]
    command += ["--configfile", *map(str, configfiles)] if configfiles else []
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise InputError(f"The workflow cannot be read. {said}")
    return decode_json(done.stdout, Rulebook, "the rules")

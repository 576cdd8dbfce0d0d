"""What a local cloud has left running."""

import os
import subprocess
from pathlib import Path

from localcloud.runtime.engines import OWNER_LABEL, Engine


def processes(directory: Path) -> list[int]:
    """Processes that name the directory in their command line or environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if os.fsencode(directory) in told:
            found.append(int(entry.name))
    return found


def containers(engine: Engine, state: Path) -> list[str]:
    """Containers of the local cloud in a state directory, also stopped ones."""
    label = f"label={OWNER_LABEL}={state}"
    command = [engine.program, "ps", "--all", "--quiet", "--filter", label]
    done = subprocess.run(
        command, env=engine.environment, capture_output=True, text=True, check=True
    )
    return done.stdout.split()

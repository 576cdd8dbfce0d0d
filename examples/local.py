"""A local cloud with this repository's function in it: `python -m examples.local`.

It takes uploads to gs://inbox and leaves results in gs://results until `make down`.
"""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from headrace import local, settings

REPOSITORY = Path(__file__).resolve().parents[1]
PROGRAMS = Path(sys.executable).parent
DATA = REPOSITORY / "examples" / "sequencing" / "data"
REFERENCE = "reference/genome.fa"
"""Where `config/triggers.yaml` looks for the reference, in the inbox."""

UP = """The local cloud is up.

  upload   .venv/bin/headrace upload examples/sequencing/data/reads/good_* --to my-first-run
  look     .venv/bin/headrace runs watch    (also: runs list, runs show RUN)
  stop     make down

Uploads named FOLDER/SAMPLE_LANE_R1.fastq.gz and …_R2.fastq.gz start a run for each complete pair
(docs/triggers.md). They are aligned to gs://inbox/{reference}, the sample reference; for
your own:  .venv/bin/headrace upload genome.fa --to reference
Other programs reach the storage with:  . {state}/env.sh
"""


def function_environment() -> dict[str, str]:
    """Return the settings that the function needs on the local cloud."""
    here = {**local.DEFAULTS, "workflow_home": str(REPOSITORY)}
    return settings.environment(settings.load({}, defaults=here))


def images() -> dict[str, Path]:
    """Return where the programs of our own two images are: beside this Python."""
    found = settings.load({}, defaults=local.DEFAULTS)
    return {found.controller_image: PROGRAMS, found.stage_image: PROGRAMS}


def ensure_data(
    module: str = "examples.sequencing.simulate",
    data: Path = DATA,
    files: Iterable[str] = ("genome.fa",),
) -> None:
    """Make sample data, the reads unless told otherwise, if one of the files is not there yet."""
    if not all((data / file).exists() for file in files):
        command = [sys.executable, "-m", module, "--out", str(data)]
        subprocess.run(command, cwd=REPOSITORY, check=True)


def contents() -> list[str]:
    """Return what `localcloud up` must be told to hold our buckets, function and images."""
    words = [f"--bucket={local.DEFAULTS[name]}" for name in ("inbox", "results")]
    words += [f"--function={REPOSITORY / 'trigger/main.py'}:handle@{local.DEFAULTS['inbox']}"]
    words += [f"--function-env={name}={value}" for name, value in function_environment().items()]
    words += [f"--image={name}={programs}" for name, programs in images().items()]
    return words


def main() -> int:
    """Start the local cloud, leave it running, and say how to use it."""
    ensure_data()
    up = [sys.executable, "-m", "localcloud", "up", "--detach", f"--state={local.STATE_FOLDER}"]
    started = subprocess.run([*up, *contents()], cwd=REPOSITORY, check=False)
    if started.returncode != 0:
        return started.returncode
    upload = [sys.executable, "-m", "headrace.cli", "--local", "upload"]
    stored = subprocess.run(
        [*upload, str(DATA / "genome.fa"), "--to", "reference"], cwd=REPOSITORY, check=False
    )
    sys.stdout.write(UP.format(reference=REFERENCE, state=local.STATE_FOLDER))
    return stored.returncode


if __name__ == "__main__":
    sys.exit(main())

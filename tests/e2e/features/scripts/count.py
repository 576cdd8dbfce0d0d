"""Count the lines of a rule's input: Snakemake runs this in the job's machine."""

from pathlib import Path
from typing import Any

job: Any = snakemake  # type: ignore[name-defined] # noqa: F821 # Snakemake defines it
lines = Path(job.input[0]).read_text().splitlines()
Path(job.output[0]).write_text(f"{len(lines)}\n")

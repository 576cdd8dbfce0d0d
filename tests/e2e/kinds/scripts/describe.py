"""Write what Snakemake hands to a script."""

from pathlib import Path
from typing import Any

from shared import shout  # type: ignore[import-not-found] # it lies beside this script

job: Any = snakemake  # type: ignore[name-defined] # noqa: F821 # Snakemake defines it
text = Path(job.input[0]).read_text().strip()
Path(job.output[0]).write_text(f"{shout(text)} {job.params.key} {job.threads}\n")
Path(job.log[0]).write_text("described\n")

"""Greet, from a module's own folder."""

from pathlib import Path
from typing import Any

job: Any = snakemake  # type: ignore[name-defined] # noqa: F821 # Snakemake defines it
Path(job.output[0]).write_text(f"hello {job.params.name}\n")

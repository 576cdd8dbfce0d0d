"""Draw a bar for each sample."""

from pathlib import Path
from typing import Any

job: Any = snakemake  # type: ignore[name-defined] # noqa: F821 # Snakemake defines it
bars = [f"{Path(name).stem} {'#' * len(Path(name).read_text().split())}" for name in job.input]
Path(job.output[0]).write_text("\n".join(bars) + "\n")

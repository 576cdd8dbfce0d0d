"""Workflows of any number of like jobs, each of which makes one small file."""

from pathlib import Path

SNAKEFILE = """
container: "docker://any-image"

rule all:
    input: expand("results/{i}.txt", i=range(int(config["jobs"])))

rule part:
    output: "results/{i}.txt"
    threads: 1
    resources: mem_mb=1000, disk_mb=10000, runtime=10
    shell: "touch {output}"
"""


def write(folder: Path, jobs: int) -> list[str]:
    """Write the workflow into a folder; returns the words that tell Snakemake how many jobs."""
    (folder / "Snakefile").write_text(SNAKEFILE)
    return ["--config", f"jobs={jobs}"]

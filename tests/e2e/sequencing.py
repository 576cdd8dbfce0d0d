"""The sequencing workflow under plain Snakemake, for the end-to-end tests of its results."""

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
COLUMNS = ("sample", "lane", "fastq_1", "fastq_2", "bam", "platform", "library")


def snakemake(
    folder: Path, *options: str, cores: int = 2, seconds: int = 850
) -> "subprocess.CompletedProcess[str]":
    """Run to the end; all output is in `stdout`."""
    return subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", str(cores), *options],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )


def prepare(folder: Path) -> None:
    """A working directory as the controller has it: copies of the workflow and its settings."""
    for room in ("workflow", "config", "images"):
        shutil.copytree(ROOT / room, folder / room)


def write_sheet(path: Path, rows: Iterable[Sequence[str]]) -> None:
    """Write a sample sheet with COLUMNS."""
    with path.open("w", newline="") as file:
        sheet = csv.writer(file, dialect="excel-tab", lineterminator="\n")
        sheet.writerow(COLUMNS)
        sheet.writerows(rows)


@dataclass(frozen=True)
class Run:
    """A run that has ended, and what it left in its folder."""

    folder: Path
    output: str
    exit_code: int

    def json(self, name: str) -> Any:
        """Return a JSON document."""
        return json.loads((self.folder / name).read_text())

    def verdict(self, sample: str) -> dict[str, Any]:
        """Return what the run says of one sample."""
        [found] = [each for each in self.json("results/verdicts.json") if each["sample"] == sample]
        return dict(found)

    def table(self, name: str) -> dict[str, dict[str, str]]:
        """Return the rows of a table by sample."""
        with (self.folder / name).open(newline="") as file:
            rows = csv.DictReader(file, dialect="excel-tab")
            return {row["sample"]: row for row in rows}

    def contents(self, sample: str) -> dict[str, str]:
        """Return a sample's results as text, without its name and what tools say of themselves."""
        results = self.folder / "results"
        texts = {
            "alignments": tool("samtools", "view", "-x", "RG", results / f"alignment/{sample}.bam"),
            "variants": tool("bcftools", "view", "-H", results / f"variants/{sample}.vcf.gz"),
            "consensus": (results / f"consensus/{sample}.fa").read_text(),
            "depth": (results / f"alignment/{sample}.depth.tsv").read_text(),
            "metrics": json.dumps(self.verdict(sample)["metrics"]),
        }
        return {name: text.replace(f">{sample}_", ">") for name, text in texts.items()}


def tool(*words: object) -> str:
    """Return what a tool prints."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=True)
    return done.stdout

"""The tools' own time: the reference workflow's commands against a chain of the usual kind.

Ours is what the manifests of a real run say, one VM per job. The usual chain is FastQC before and
after trimming, bwa mem, and each step of samtools and bcftools by itself with files between them.
It needs Debian's fastqc and bwa; cutadapt, samtools, bcftools and MultiQC are the same for both.
"""

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from examples.local import REPOSITORY

NEEDED = ("fastqc", "bwa")


class Step(Struct, frozen=True):
    """A command of a chain: its seconds on the clock, and of CPU."""

    name: str
    wall_seconds: float
    cpu_seconds: float


class Reads(Struct, frozen=True):
    """Files of one paired sample, and the genome they come from."""

    folder: Path
    pairs: int

    @property
    def mates(self) -> tuple[Path, Path]:
        """The FASTQ files."""
        reads = self.folder / "reads"
        return reads / "good_L001_R1.fastq.gz", reads / "good_L001_R2.fastq.gz"

    @property
    def genome(self) -> Path:
        """The reference."""
        return self.folder / "genome.fa"


DEMO_PAIRS = 10_000
"""Pairs of the demonstration's good sample, about."""


def make_reads(folder: Path, pairs: int) -> Reads:
    """Make reads of the good sample of the demonstration, as many as asked for, about."""
    words = ["--out", str(folder), "--samples", "good", "--scale", str(pairs / DEMO_PAIRS)]
    command = [sys.executable, "-m", "examples.sequencing.simulate", *words]
    subprocess.run(command, cwd=REPOSITORY, check=True, stdout=subprocess.DEVNULL)
    return Reads(folder, pairs)


def missing() -> list[str]:
    """Return the programs of the usual chain that are not installed."""
    return [name for name in NEEDED if shutil.which(name) is None]


def run_usual_chain(reads: Reads, folder: Path) -> list[Step]:
    """Run the usual chain in a folder; returns its steps in order."""
    one, two = reads.mates
    shutil.copy(reads.genome, folder / "genome.fa")
    steps: list[Step] = []

    def run(name: str, *words: str | Path, output: str = "") -> None:
        steps.append(_run(name, [str(word) for word in words], folder, output))

    run("fastqc raw", "fastqc", "-q", "-o", ".", one, two)
    run(
        "cutadapt",
        *("cutadapt", "-a", "AGATCGGAAGAGCACACGTCTGAACTCCAGTCA"),
        *("-A", "AGATCGGAAGAGCGTCGTGTAGGGAAAGAGTGT", "-q", "20", "-m", "35"),
        *("-o", "t1.fastq.gz", "-p", "t2.fastq.gz", one, two),
        output="cutadapt.log",
    )
    run("fastqc trimmed", "fastqc", "-q", "-o", ".", "t1.fastq.gz", "t2.fastq.gz")
    run("bwa index", "bwa", "index", "genome.fa")
    group = "@RG\\tID:s\\tSM:s\\tPL:ILLUMINA"
    mem = ("bwa", "mem", "-t", "2", "-R", group, "genome.fa", "t1.fastq.gz", "t2.fastq.gz")
    run("bwa mem", *mem, output="a.sam")
    run("samtools view", "samtools", "view", "-b", "-o", "a.bam", "a.sam")
    run("samtools sort -n", "samtools", "sort", "-n", "-o", "n.bam", "a.bam")
    run("samtools fixmate", "samtools", "fixmate", "-m", "n.bam", "f.bam")
    run("samtools sort", "samtools", "sort", "-o", "s.bam", "f.bam")
    run("samtools markdup", "samtools", "markdup", "-f", "markdup.txt", "s.bam", "m.bam")
    run("samtools index", "samtools", "index", "m.bam")
    run("samtools faidx", "samtools", "faidx", "genome.fa")
    for name in ("flagstat", "idxstats", "stats", "coverage", "depth"):
        run(f"samtools {name}", "samtools", name, "m.bam", output=f"m.{name}")
    pileup = ("bcftools", "mpileup", "-Ob", "-d", "1000", "-f", "genome.fa", "-o", "p.bcf")
    run("bcftools mpileup", *pileup, "m.bam")
    run("bcftools call", "bcftools", "call", "-mv", "-Ob", "-o", "c.bcf", "p.bcf")
    run("bcftools norm", "bcftools", "norm", "-f", "genome.fa", "-Oz", "-o", "c.vcf.gz", "c.bcf")
    run("bcftools index", "bcftools", "index", "c.vcf.gz")
    run("bcftools stats", "bcftools", "stats", "c.vcf.gz", output="c.stats")
    run("multiqc", "multiqc", "-q", ".")
    return steps


def _run(name: str, words: Sequence[str], folder: Path, output: str) -> Step:
    path = f"{os.environ['PATH']}{os.pathsep}{Path(sys.executable).parent}"
    before, began = _children_cpu(), time.monotonic()
    with (folder / "chain.log").open("ab") as log, _opened(folder, output) as target:
        subprocess.run(
            words,
            cwd=folder,
            env={**os.environ, "PATH": path},
            stdout=target,
            stderr=log,
            check=True,
        )
    return Step(name, round(time.monotonic() - began, 2), round(_children_cpu() - before, 2))


def _opened(folder: Path, name: str) -> BinaryIO:
    return (folder / (name or "chain.out")).open("wb")


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime

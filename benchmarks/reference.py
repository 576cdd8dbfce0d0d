"""The reference workflow on any number of samples, in a folder as the controller has it."""

import shutil
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from benchmarks.tools import Reads
from examples.local import REPOSITORY
from headrace.gcs import ObjectUri
from headrace.staging.objects import Objects

REFERENCE = ObjectUri("inbox", "reference/genome.fa")
_COLUMNS = ("sample", "lane", "fastq_1", "fastq_2", "platform", "library")


def lay_out(folder: Path) -> None:
    """Copy the workflow, its settings and the lock of images."""
    for room in ("workflow", "config", "images"):
        shutil.copytree(REPOSITORY / room, folder / room)


def in_the_bucket(
    folder: Path, endpoint: str, samples: int, reads: Reads | None = None
) -> list[str]:
    """Upload files for all samples, and write their sheet; returns words for Snakemake.

    Every sample has the same reads; where no tool reads any, there are none in the files.
    """
    sheet = {}
    with closing(Objects(endpoint)) as objects:
        _store(objects, reads.genome if reads else None, REFERENCE)
        for number in range(samples):
            places = [ObjectUri("inbox", f"bench/s{number}_R{mate}.fastq.gz") for mate in (1, 2)]
            for file, place in zip(reads.mates if reads else (None, None), places, strict=True):
                _store(objects, file, place)
            sheet[f"s{number}"] = tuple(map(str, places))
    _write_sheet(folder / "bench.tsv", sheet)
    return ["--config", "samples=bench.tsv", f"reference={REFERENCE}"]


def _store(objects: Objects, file: Path | None, place: ObjectUri) -> None:
    if file is None:
        objects.write(place, b"")
    else:
        objects.upload(file, place)


def _write_sheet(path: Path, addresses: Mapping[str, tuple[str, ...]]) -> None:
    rows = [
        (sample, "L001", *reads, "ILLUMINA", f"{sample}_lib") for sample, reads in addresses.items()
    ]
    lines = ["\t".join(row) for row in (_COLUMNS, *rows)]
    path.write_text("\n".join(lines) + "\n")

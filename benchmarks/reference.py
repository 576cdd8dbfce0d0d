"""The reference workflow on any number of samples, in a folder as the controller has it."""

import re
import shutil
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from benchmarks.tools import Reads
from examples.local import REPOSITORY
from headrace.gcs import ObjectUri
from headrace.staging.objects import Objects

REFERENCE = ObjectUri("inbox", "reference/genome.fa")
_RULE = re.compile(r"^( *)rule \w+:\n", re.MULTILINE)
_COLUMNS = ("sample", "lane", "fastq_1", "fastq_2", "platform", "library")


def lay_out(folder: Path) -> None:
    """Copy the workflow, its settings and the lock of images."""
    for room in ("workflow", "config", "images"):
        shutil.copytree(REPOSITORY / room, folder / room)


def need_snakemake(folder: Path) -> None:
    """Make every rule one that Snakemake itself must run in the machine: it uses `shadow`."""
    for file in folder.glob("workflow/rules/**/*.smk"):
        file.write_text(_RULE.sub(r'\g<0>\g<1>    shadow: "minimal"\n', file.read_text()))


def on_this_machine(folder: Path, samples: int, reads: Reads) -> list[str]:
    """Give every sample files of its own, and write their sheet; returns words for Snakemake."""
    sheet = {}
    for number in range(samples):
        files = [folder / f"s{number}_R{mate}.fastq.gz" for mate in (1, 2)]
        for file, mate in zip(files, reads.mates, strict=True):
            file.hardlink_to(mate)
        sheet[f"s{number}"] = tuple(file.name for file in files)
    _write_sheet(folder / "bench.tsv", sheet)
    return ["--config", "samples=bench.tsv", f"reference={reads.genome}"]


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

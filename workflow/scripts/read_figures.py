"""Figures on reads from the files of QC and trimming tools, in the same words whatever the tool.

Each tool is told by what its file holds. An empty file says that there were no reads to look at.
"""

import json
import operator
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Quality:
    """What a QC tool saw of the reads in one file: sums, so that files can be added up."""

    tool: str
    version: str
    reads: int
    bases: int
    gc: float  # bases that are G or C
    called: float  # bases that are not N


@dataclass(frozen=True)
class Trimming:
    """What a trimming tool did to the reads of one unit, mates counted singly."""

    tool: str
    version: str
    reads: int
    with_adapter: int
    bases: int
    bases_kept: int


def read_quality(paths: Sequence[Path]) -> list[Quality]:
    """The figures in each of these files that holds some: of sequali, fastp or FastQC.

    Raises:
        ValueError: a file is of another tool.
    """
    return [quality for path in paths if path.stat().st_size for quality in _quality(path)]


def read_trimming(paths: Sequence[Path]) -> list[Trimming]:
    """The figures in each of these files that holds some: of cutadapt or fastp.

    Raises:
        ValueError: a file is of another tool.
    """
    readers: Mapping[str, Callable[[Document], Trimming]] = {
        "cutadapt_version": _cutadapt,
        "summary": _fastp_trimming,
    }
    documents = [(path, json.loads(path.read_text())) for path in paths if path.stat().st_size]
    return [_reader(readers, document, path)(document) for path, document in documents]


def _quality(path: Path) -> Iterator[Quality]:
    if zipfile.is_zipfile(path):
        yield _fastqc(path)
        return
    document = json.loads(path.read_text())
    readers: Mapping[str, Callable[[Document], Iterator[Quality]]] = {
        "meta": _sequali,
        "filtering_result": _fastp_quality,
    }
    yield from _reader(readers, document, path)(document)


def _reader(readers: Mapping[str, Any], document: Document, path: Path) -> Any:
    for key, reader in readers.items():
        if key in document:
            return reader
    raise ValueError(f"{path} is of no tool that is known here")


def _sequali(document: Document) -> Iterator[Quality]:
    for mate in ("summary", "summary_read2"):
        if summary := document.get(mate):
            yield Quality(
                tool="sequali",
                version=document["meta"]["sequali_version"],
                reads=summary["total_reads"],
                bases=summary["total_bases"],
                gc=summary["total_gc_bases"],
                called=summary["total_bases"] - summary["total_n_bases"],
            )


def _fastp_quality(document: Document) -> Iterator[Quality]:
    """Fastp gives the share of G and C among all bases, Ns included."""
    summary = document["summary"]
    before = summary["before_filtering"]
    uncalled = sum(_fastp_uncalled(document.get(f"read{mate}_before_filtering")) for mate in (1, 2))
    yield Quality(
        tool="fastp",
        version=summary["fastp_version"],
        reads=before["total_reads"],
        bases=before["total_bases"],
        gc=before["gc_content"] * before["total_bases"],
        called=before["total_bases"] - uncalled,
    )


def _fastp_uncalled(mate: Document | None) -> float:
    """Bases that are N, from their share in each cycle; every read reaches nearly every cycle."""
    if not mate or not mate["total_cycles"]:
        return 0
    shares: Sequence[float] = mate["content_curves"]["N"]
    return sum(shares) / len(shares) * float(mate["total_bases"])


def _fastqc(path: Path) -> Quality:
    """FastQC gives whole percent of G and C, so their number is taken from the shares per cycle."""
    with zipfile.ZipFile(path) as archive:
        [name] = [name for name in archive.namelist() if name.endswith("/fastqc_data.txt")]
        lines = archive.read(name).decode().splitlines()
    modules = _fastqc_modules(lines)
    reads = [row[1] for row in modules["Basic Statistics"] if row[0] == "Total Sequences"]
    lengths = [(_middle(row[0]), float(row[1])) for row in modules["Sequence Length Distribution"]]
    bases = sum(length * count for length, count in lengths)
    cycles = [(_middle(row[0]), _width(row[0])) for row in modules["Per base sequence content"]]
    weights = [
        width * sum(count for length, count in lengths if length >= cycle)
        for cycle, width in cycles
    ]
    gc = [float(row[1]) + float(row[4]) for row in modules["Per base sequence content"]]
    uncalled = [float(row[1]) for row in modules["Per base N content"]]
    called = bases * (1 - _mean(uncalled, weights) / 100)
    return Quality(
        tool="fastqc",
        version=lines[0].split("\t")[1],
        reads=int(reads[0]),
        bases=round(bases),
        gc=_mean(gc, weights) / 100 * called,
        called=called,
    )


def _fastqc_modules(lines: Sequence[str]) -> dict[str, list[list[str]]]:
    """The cells of each row, by module."""
    modules: dict[str, list[list[str]]] = {}
    rows: list[list[str]] = []
    for line in lines[1:]:
        if line.startswith(">>") and line != ">>END_MODULE":
            rows = modules.setdefault(line[2:].split("\t")[0], [])
        elif not line.startswith(("#", ">>")):
            rows.append(line.split("\t"))
    return modules


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    total = sum(weights)
    return sum(map(operator.mul, values, weights)) / total if total else 0.0


def _width(cycles: str) -> int:
    """How many cycles a range such as `140-149` has."""
    first, _, last = cycles.partition("-")
    return int(last or first) - int(first) + 1


def _middle(length: str) -> float:
    """The middle of a range of lengths such as `140-149`, or the one length."""
    first, _, last = length.partition("-")
    return (int(first) + int(last or first)) / 2


def _cutadapt(document: Document) -> Trimming:
    counts = document["read_counts"]
    return Trimming(
        tool="cutadapt",
        version=document["cutadapt_version"],
        reads=counts["input"] * (2 if document["input"]["paired"] else 1),
        with_adapter=counts["read1_with_adapter"] + (counts["read2_with_adapter"] or 0),
        bases=document["basepair_counts"]["input"],
        bases_kept=document["basepair_counts"]["output"],
    )


def _fastp_trimming(document: Document) -> Trimming:
    summary = document["summary"]
    return Trimming(
        tool="fastp",
        version=summary["fastp_version"],
        reads=summary["before_filtering"]["total_reads"],
        with_adapter=document.get("adapter_cutting", {}).get("adapter_trimmed_reads", 0),
        bases=summary["before_filtering"]["total_bases"],
        bases_kept=summary["after_filtering"]["total_bases"],
    )

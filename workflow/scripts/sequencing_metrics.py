"""Collect one sample's metrics from the reports of its tools.

Writes `{"sample", "problems", "metrics", "histograms", "software"}` as `gates.py` and
`report_sections.py` take it. A problem is a sentence about a file that could not be used; a metric
that could not be measured is null.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workflow.scripts.read_figures import Quality, Trimming, read_quality, read_trimming

Q30 = 30
EVEN_SHARE = 0.2  # of the mean depth, for a base to count as evenly covered
MOST_READS = 0.7  # share of the reads with a variant for it to be the only allele there
FEWEST_READS, FEWEST_SITES = 10, 10  # over a variant, and such variants, to speak of minor alleles

Number = int | float
Metrics = dict[str, Number | None]


@dataclass(frozen=True)
class Evidence:
    """The tools' files on one sample, and what must be known to read them."""

    checks: Sequence[Path]  # check_fastq.py, one for each unit
    raw_qc: Sequence[Path]  # of read_figures.read_quality
    trimming: Sequence[Path]  # of read_figures.read_trimming, one for each unit
    header: Path  # samtools head
    statistics: Path  # samtools stats
    depth: Path  # depth and number of bases with it, tab-separated
    targets: Path  # numbers of reads: aligned, on target; empty without targets
    variants: Path  # bcftools stats
    alleles: Path  # reads with the reference and with the variant, of each SNV that passed
    consensus: Path | None  # FASTA
    breadth_depth: int  # reads over a base for it to count as well covered
    duplicates_marked: bool


def collect(sample: str, evidence: Evidence) -> dict[str, Any]:
    """The metrics document of one sample."""
    checks = [json.loads(path.read_text()) for path in evidence.checks]
    problems = [check["problem"] for check in checks if not check["usable"]]
    usable = [check for check in checks if check["usable"]]
    quality, trimming = read_quality(evidence.raw_qc), read_trimming(evidence.trimming)
    statistics = evidence.statistics.read_text().splitlines()
    depths = _read_depths(evidence.depth)
    metrics: Metrics = {}
    if usable:
        metrics |= {"reads": sum(file["reads"] for check in usable for file in check["files"])}
        metrics |= _quality_metrics(quality)
        metrics |= _trimming_metrics(trimming)
        metrics |= _alignment_metrics(statistics, duplicates_marked=evidence.duplicates_marked)
        metrics |= _target_metrics(evidence.targets)
        metrics |= _depth_metrics(depths, evidence.breadth_depth)
        metrics |= _variant_metrics(evidence.variants.read_text().splitlines())
        metrics |= {"minor_alleles": _minor_alleles(evidence.alleles)}
        metrics |= {"consensus": _consensus_called(evidence.consensus)}
    return {
        "sample": sample,
        "problems": problems,
        "metrics": metrics,
        "histograms": {"depth": depths},
        "software": _software(evidence, [*quality, *trimming]),
    }


def _percent(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole else None


def _quality_metrics(files: Sequence[Quality]) -> Metrics:
    reads, bases = sum(file.reads for file in files), sum(file.bases for file in files)
    return {
        "read_length": bases / reads if reads else None,
        "gc": _percent(sum(file.gc for file in files), sum(file.called for file in files)),
    }


def _trimming_metrics(units: Sequence[Trimming]) -> Metrics:
    bases = sum(unit.bases for unit in units)
    return {
        "adapters": _percent(
            sum(unit.with_adapter for unit in units), sum(unit.reads for unit in units)
        ),
        "bases_kept": _percent(sum(unit.bases_kept for unit in units), bases),
    }


def _alignment_metrics(statistics: Sequence[str], *, duplicates_marked: bool) -> Metrics:
    summary: dict[str, float] = {}
    qualities: Counter[int] = Counter()
    for line in statistics:
        section, *cells = line.split("\t")
        if section == "SN":
            summary[cells[0].rstrip(":")] = float(cells[1])
        elif section in ("FFQ", "LFQ"):  # per cycle, the number of bases of each quality
            qualities.update({quality: int(count) for quality, count in enumerate(cells[1:])})
    good = sum(count for quality, count in qualities.items() if quality >= Q30)
    mapped = summary["reads mapped"]
    duplicates = _percent(summary["reads duplicated"], mapped)
    return {
        "q30": _percent(good, qualities.total()),
        "mapped": _percent(mapped, summary["raw total sequences"]),
        "proper_pairs": _percent(summary["reads properly paired"], summary["reads paired"]),
        "insert_size": _median(_insert_sizes(statistics)),
        "duplicates": duplicates if duplicates_marked else None,
        "mismatches": 100 * summary["error rate"] if mapped else None,
    }


def _insert_sizes(statistics: Iterable[str]) -> dict[int, int]:
    """Pairs by the length of their fragment; samtools has 0 for mates that are far apart."""
    rows = (line.split("\t") for line in statistics if line.startswith("IS\t"))
    return {int(size): int(pairs) for _, size, pairs, *_ in rows if int(size) and int(pairs)}


def _median(histogram: Mapping[int, int]) -> int | None:
    """The lower median of values by how often each was seen."""
    left = sum(histogram.values()) / 2
    for value in sorted(histogram):
        left -= histogram[value]
        if left <= 0:
            return value
    return None


def _target_metrics(targets: Path) -> Metrics:
    counts = [int(line) for line in targets.read_text().split()]
    return {"on_target": _percent(counts[1], counts[0]) if counts else None}


def _read_depths(histogram: Path) -> dict[int, int]:
    rows = (line.split("\t") for line in histogram.read_text().splitlines())
    return {int(depth): int(bases) for depth, bases in rows}


def _depth_metrics(histogram: Mapping[int, int], breadth_depth: int) -> Metrics:
    bases = sum(histogram.values())
    mean = sum(depth * count for depth, count in histogram.items()) / bases if bases else None

    def reached(least: float) -> float | None:
        return _percent(sum(n for depth, n in histogram.items() if depth >= least), bases)

    return {
        "depth": mean,
        "breadth": reached(breadth_depth),
        "uniformity": reached(EVEN_SHARE * mean) if mean else None,
    }


def _variant_metrics(statistics: Iterable[str]) -> Metrics:
    """Number of records, and the ratio of transitions to transversions, from `bcftools stats`."""
    rows = [line.split("\t") for line in statistics]
    [variants] = [int(r[3]) for r in rows if r[0] == "SN" and r[2] == "number of records:"]
    changes = [(int(row[2]), int(row[3])) for row in rows if row[0] == "TSTV"]
    transitions, transversions = changes[0] if changes else (0, 0)
    ratio = transitions / transversions if transversions else None
    return {"variants": variants, "ts_tv": ratio}


def _minor_alleles(alleles: Path) -> float | None:
    """Share of the reads without a variant, over all variants that most reads have."""
    rows = [tuple(map(int, line.split("\t"))) for line in alleles.read_text().splitlines()]
    sites = [
        (other, other + variant)
        for other, variant in rows
        if other + variant >= FEWEST_READS and variant >= MOST_READS * (other + variant)
    ]
    if len(sites) < FEWEST_SITES:
        return None
    return _percent(sum(other for other, _ in sites), sum(reads for _, reads in sites))


def _consensus_called(consensus: Path | None) -> float | None:
    if consensus is None:
        return None
    bases = called = 0
    with consensus.open() as fasta:
        for line in fasta:
            if not line.startswith(">"):
                sequence = line.strip().upper()
                bases += len(sequence)
                called += len(sequence) - sequence.count("N")
    return _percent(called, bases)


def _software(evidence: Evidence, figures: Sequence[Quality | Trimming]) -> dict[str, str]:
    """Versions as the tools themselves noted them in their output."""
    software = {each.tool: each.version for each in figures}
    header = evidence.header.read_text()
    for tool in ("minimap2", "samtools"):
        if found := re.search(rf"^@PG.*\tPN:{tool}\t(?:.*\t)?VN:([\w.-]+)", header, re.MULTILINE):
            software[tool] = found[1]
    if found := re.search(r"produced by bcftools stats \(([\w.-]+)", evidence.variants.read_text()):
        software["bcftools"] = found[1]
    return software


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Collect one sample's metrics.")
    parser.add_argument("--sample", required=True)
    for per_unit in ("checks", "raw-qc", "trimming"):
        parser.add_argument(f"--{per_unit}", type=Path, nargs="+", required=True)
    for per_sample in ("header", "statistics", "depth", "targets", "variants", "alleles", "out"):
        parser.add_argument(f"--{per_sample}", type=Path, required=True)
    parser.add_argument("--consensus", type=Path)
    parser.add_argument("--breadth-depth", type=int, required=True)
    parser.add_argument("--duplicates-marked", action="store_true")
    options = vars(parser.parse_args(arguments))
    out, sample = options.pop("out"), options.pop("sample")
    document = collect(sample, Evidence(**options))
    out.write_text(json.dumps(document, indent=2) + "\n")
    print(f"{sample}: {len(document['problems'])} problems with its files")
    return 0


if __name__ == "__main__":
    sys.exit(main())

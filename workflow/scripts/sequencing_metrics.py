"""Collect one sample's metrics from what the tools wrote about it.

Writes `{"sample", "problems", "metrics": {name: number or null}, "software": {tool: version}}`,
the form `gates.py` judges. Shares are in percent. Of a sample without one usable unit nothing was
measured, so it has no metrics but its problems to tell.
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

Q30 = 30
BREADTH_DEPTH = 10  # reads over a base for it to count as covered

Number = int | float
Metrics = dict[str, Number | None]


@dataclass(frozen=True)
class Evidence:
    """The tools' files on one sample; checks, raw QC and trimming come once per unit."""

    checks: Sequence[Path]  # check_fastq.py
    raw_qc: Sequence[Path]  # sequali --json
    trimming: Sequence[Path]  # cutadapt --json
    header: Path  # samtools head
    statistics: Path  # samtools stats
    depth: Path  # depth and number of bases with it, tab-separated
    variants: Path  # bcftools stats


def collect(sample: str, evidence: Evidence) -> dict[str, Any]:
    """The metrics document of one sample."""
    checks = _read_json(evidence.checks)
    problems = [check["problem"] for check in checks if not check["usable"]]
    usable = [check for check in checks if check["usable"]]
    metrics: Metrics = {}
    if usable:
        metrics |= {"reads": sum(file["reads"] for check in usable for file in check["files"])}
        metrics |= _trimming_metrics(_read_json(evidence.trimming))
        metrics |= _alignment_metrics(evidence.statistics.read_text().splitlines())
        metrics |= _depth_metrics(evidence.depth.read_text().splitlines())
        metrics |= {"variants": _count_variants(evidence.variants.read_text().splitlines())}
    return {
        "sample": sample,
        "problems": problems,
        "metrics": metrics,
        "software": _software(evidence),
    }


def _read_json(paths: Iterable[Path]) -> list[Mapping[str, Any]]:
    return [json.loads(path.read_text()) for path in paths]


def _percent(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole else None


def _trimming_metrics(reports: Sequence[Mapping[str, Any]]) -> Metrics:
    reports = [report for report in reports if report]  # an unusable unit has an empty one
    reads = with_adapter = bases = bases_kept = 0
    for report in reports:
        counts = report["read_counts"]
        reads += counts["input"] * (2 if report["input"]["paired"] else 1)
        with_adapter += counts["read1_with_adapter"] + (counts["read2_with_adapter"] or 0)
        bases += report["basepair_counts"]["input"]
        bases_kept += report["basepair_counts"]["output"]
    return {"adapters": _percent(with_adapter, reads), "bases_kept": _percent(bases_kept, bases)}


def _alignment_metrics(statistics: Sequence[str]) -> Metrics:
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
    return {
        "q30": _percent(good, qualities.total()),
        "mapped": _percent(mapped, summary["raw total sequences"]),
        "duplicates": _percent(summary["reads duplicated"], mapped),
        "mismatches": 100 * summary["error rate"] if mapped else None,
    }


def _depth_metrics(histogram: Sequence[str]) -> Metrics:
    rows = [tuple(map(int, line.split("\t"))) for line in histogram]
    bases = sum(count for _, count in rows)
    covered = sum(count for depth, count in rows if depth >= BREADTH_DEPTH)
    total = sum(depth * count for depth, count in rows)
    return {"depth": total / bases if bases else None, "breadth": _percent(covered, bases)}


def _count_variants(statistics: Sequence[str]) -> int:
    for line in statistics:
        cells = line.split("\t")
        if cells[0] == "SN" and cells[2] == "number of records:":
            return int(cells[3])
    raise ValueError("bcftools stats wrote no number of records")


def _software(evidence: Evidence) -> dict[str, str]:
    """Versions as the tools themselves noted them in their output."""
    software = {}
    for report in _read_json(evidence.raw_qc):
        if report:
            software["sequali"] = report["meta"]["sequali_version"]
    for report in _read_json(evidence.trimming):
        if report:
            software["cutadapt"] = report["cutadapt_version"]
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
    for per_sample in ("header", "statistics", "depth", "variants", "out"):
        parser.add_argument(f"--{per_sample}", type=Path, required=True)
    options = vars(parser.parse_args(arguments))
    out, sample = options.pop("out"), options.pop("sample")
    document = collect(sample, Evidence(**options))
    out.write_text(json.dumps(document, indent=2) + "\n")
    print(f"{sample}: {len(document['problems'])} problems with its files")
    return 0


if __name__ == "__main__":
    sys.exit(main())

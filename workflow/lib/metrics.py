"""What the sequencing metrics are called, mean, are measured in, and when they are better."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Metric:
    """How a metric is shown and judged; a count has the unit ''.

    In `title` and `meaning`, `{depth}` stands for the depth of a well covered base.
    """

    title: str
    unit: str
    better: Literal["higher", "lower"]
    meaning: str
    source: str


METRICS = {
    "reads": Metric(
        "Reads",
        "",
        "higher",
        "delivered reads of usable units, mates counted singly",
        "integrity check",
    ),
    "q30": Metric(
        "Bases at Q30 or better",
        "%",
        "higher",
        "bases with a Phred score of 30 or more, after trimming",
        "samtools stats (FFQ, LFQ)",
    ),
    "adapters": Metric(
        "Reads with adapter",
        "%",
        "lower",
        "delivered reads that adapter sequence was cut from",
        "trimming",
    ),
    "bases_kept": Metric(
        "Bases kept by trimming",
        "%",
        "higher",
        "delivered bases that trimming kept",
        "trimming",
    ),
    "read_length": Metric(
        "Mean read length", "bp", "higher", "mean length of the delivered reads", "raw QC"
    ),
    "gc": Metric("GC", "%", "higher", "called delivered bases that are G or C", "raw QC"),
    "mapped": Metric("Mapped reads", "%", "higher", "trimmed reads that align", "samtools stats"),
    "proper_pairs": Metric(
        "Proper pairs",
        "%",
        "higher",
        "paired reads whose mates align to each other as expected",
        "samtools stats",
    ),
    "insert_size": Metric(
        "Median insert size",
        "bp",
        "higher",
        "median length of the fragments whose mates both align",
        "samtools stats (IS)",
    ),
    "duplicates": Metric(
        "Duplicates",
        "%",
        "lower",
        "aligned reads marked as copies; not measured where copies are kept",
        "samtools stats",
    ),
    "mismatches": Metric(
        "Mismatches",
        "%",
        "lower",
        "aligned bases that differ from the reference",
        "samtools stats",
    ),
    "on_target": Metric(
        "Reads on target",
        "%",
        "higher",
        "aligned reads that touch a target; not measured without targets",
        "samtools view",
    ),
    "depth": Metric(
        "Mean depth",
        "x",
        "higher",
        "mean reads over each base of the reference, or of the targets, without duplicates",
        "samtools depth",
    ),
    "breadth": Metric(
        "Bases at {depth}x or more",
        "%",
        "higher",
        "bases of the reference, or of the targets, under {depth} reads or more, without "
        "duplicates",
        "samtools depth",
    ),
    "uniformity": Metric(
        "Evenly covered bases",
        "%",
        "higher",
        "bases of the reference, or of the targets, at a fifth of the mean depth or more",
        "samtools depth",
    ),
    "variants": Metric(
        "Variants", "", "higher", "variants that passed the filter", "bcftools stats"
    ),
    "ts_tv": Metric(
        "Transitions to transversions",
        "",
        "higher",
        "ratio of transitions to transversions among the variants that passed",
        "bcftools stats (TSTV)",
    ),
    "minor_alleles": Metric(
        "Minor alleles",
        "%",
        "lower",
        "reads without the variant where most reads have it: a hint at a second individual",
        "bcftools query (AD)",
    ),
    "consensus": Metric(
        "Consensus called",
        "%",
        "higher",
        "bases of the consensus that are not N; not measured without a consensus",
        "bcftools consensus",
    ),
}

HISTOGRAMS = {
    "depth": {
        "title": "Depth",
        "description": "Bases of the reference, or of the targets, by the reads over them.",
        "x": "reads",
        "y": "bases",
    },
}
"""Distributions that the report draws, a line for each sample."""


def gates(
    limits: Mapping[str, Mapping[str, float | None]], depth: int
) -> dict[str, dict[str, Any]]:
    """The configured limits with each metric's own facts, as `scripts/gates.py` reads them.

    `depth` is the number of reads over a base for it to count as well covered.
    """
    return {
        name: {
            **asdict(metric),
            "title": metric.title.format(depth=depth),
            "meaning": metric.meaning.format(depth=depth),
            **limits[name],
        }
        for name, metric in METRICS.items()
    }

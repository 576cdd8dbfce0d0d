"""The kinds of sample the generator knows, each with the verdict its planted faults deserve."""

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """What the workflow's gates should say of a sample."""

    PASS = "PASS"  # noqa: S105  # a verdict, no password
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True)
class SampleKind:
    """How one sample is made.

    Attributes:
        fragments: sequenced fragments (read pairs, or single reads) at scale 1.
        insert_mean, insert_sd: length of the fragments in bases.
        duplicate_share: share of the fragments that are copies of another one.
        foreign_share: share of the fragments that come from another organism.
        stranger_share: share that comes from another individual, with variants of its own.
        quality_shift: added to every base's Phred score.
        tripped: names of the gates (as in config.yaml) that must object.
    """

    name: str
    note: str
    verdict: Verdict
    tripped: tuple[str, ...] = ()
    fragments: int = 12_000
    paired: bool = True
    lanes: int = 1
    insert_mean: float = 360
    insert_sd: float = 90
    duplicate_share: float = 0.06
    foreign_share: float = 0.0
    stranger_share: float = 0.0
    quality_shift: float = 0.0


KINDS = {
    kind.name: kind
    for kind in (
        SampleKind("good", "paired-end, about 30x", Verdict.PASS),
        SampleKind(
            "bad",
            "low quality, 45 % from another organism, 62 % copies",
            Verdict.FAIL,
            tripped=("q30", "mapped", "duplicates"),
            insert_mean=190,
            insert_sd=60,
            duplicate_share=0.62,
            foreign_share=0.45,
            quality_shift=-9,
        ),
        SampleKind("good_se", "single-end", Verdict.PASS, fragments=16_000, paired=False),
        SampleKind("two_lanes", "paired-end, on two lanes", Verdict.PASS, lanes=2),
        SampleKind(
            "shallow",
            "too few reads",
            Verdict.FAIL,
            tripped=("reads", "depth", "breadth"),
            fragments=1_800,
        ),
        SampleKind(
            "adapters",
            "fragments shorter than the reads",
            Verdict.WARN,
            tripped=("adapters", "bases_kept"),
            insert_mean=135,
            insert_sd=35,
            duplicate_share=0.10,
        ),
        SampleKind(
            "contaminated",
            "30 % from another organism, 12 % from another individual",
            Verdict.FAIL,
            tripped=("mapped", "minor_alleles"),
            fragments=18_000,
            foreign_share=0.30,
            stranger_share=0.12,
        ),
    )
}
DEFAULT_KINDS = ("good", "bad")

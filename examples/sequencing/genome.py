"""A small reference, the variants planted in each sample, and the two haplotypes they make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from examples.sequencing.draws import Draws

Sequence8 = NDArray[np.uint8]  # bases as ASCII codes
Reference = Mapping[str, Sequence8]

BASES = np.frombuffer(b"ACGT", dtype=np.uint8)
CONTIG_LENGTHS = {"chr1": 80_000, "plasmid1": 20_000}

_GC_MEAN, _GC_SWING, _GC_PERIOD = 0.475, 0.125, 4_000.0
_REPEAT_LENGTH = 900
_MICROSATELLITES = (b"CA", b"A", b"GAT")
_MICROSATELLITE_LENGTH = 24
_GENOTYPES = ("0|1", "1|0", "1|1")
_INDEL_SHARE = 0.2
_INDEL_MEAN_LENGTH, _INDEL_LONGEST = 3.5, 25
_DISTANCE_FROM_ENDS = 200
_DISTANCE_BETWEEN_VARIANTS = 40


@dataclass(frozen=True, order=True)
class Variant:
    """One planted difference; `position` is 0-based, alleles as in VCF (anchored indels)."""

    contig: str
    position: int
    reference: str
    alternative: str
    genotype: str

    def on_haplotype(self, haplotype: int) -> bool:
        """Whether haplotype 0 or 1 carries the alternative allele."""
        return self.genotype.split("|")[haplotype] == "1"


def make_reference(draws: Draws) -> Reference:
    """Contigs whose GC share drifts between 35 and 60 %; the first has repeats like a real one."""
    reference = {}
    for phase, (name, length) in enumerate(CONTIG_LENGTHS.items()):
        drift = np.sin(np.arange(length) / _GC_PERIOD + 3 * phase)
        is_gc = draws.uniform(length) < _GC_MEAN + _GC_SWING * drift
        coin = draws.uniform(length) < 1 / 2
        reference[name] = np.where(
            is_gc, np.where(coin, ord("G"), ord("C")), np.where(coin, ord("A"), ord("T"))
        ).astype(np.uint8)
    _plant_repeats(reference["chr1"])
    return reference


def make_foreign_genome(draws: Draws) -> Sequence8:
    """Sequence of another organism, for contamination."""
    return BASES[draws.integers(sum(CONTIG_LENGTHS.values()), len(BASES))]


def plant_variants(
    draws: Draws, reference: Reference, count: int, *, beside: Sequence[Variant] = ()
) -> list[Variant]:
    """`count` variants spread over the contigs by length, clear of the ends and of each other."""
    total = sum(len(sequence) for sequence in reference.values())
    variants: list[Variant] = []
    for contig, sequence in reference.items():
        taken = [variant.position for variant in beside if variant.contig == contig]
        for _ in range(round(count * len(sequence) / total)):
            position = _free_position(draws, len(sequence), taken)
            taken.append(position)
            variants.append(_draw_variant(draws, contig, sequence, position))
    return sorted(variants)


def haplotype(reference: Reference, variants: Sequence[Variant], number: int) -> list[Sequence8]:
    """The contigs of haplotype `number` (0 or 1), in the reference's order."""
    contigs = []
    for contig, sequence in reference.items():
        pieces, done = [], 0
        for variant in sorted(variants):
            if variant.contig == contig and variant.on_haplotype(number):
                pieces.append(sequence[done : variant.position])
                pieces.append(np.frombuffer(variant.alternative.encode(), dtype=np.uint8))
                done = variant.position + len(variant.reference)
        contigs.append(np.concatenate([*pieces, sequence[done:]]))
    return contigs


def _plant_repeats(sequence: Sequence8) -> None:
    element = sequence[1_000 : 1_000 + _REPEAT_LENGTH].copy()
    for start in (len(sequence) // 3, 2 * len(sequence) // 3):
        sequence[start : start + _REPEAT_LENGTH] = element
    for quarter, unit in enumerate(_MICROSATELLITES, start=1):
        start = quarter * len(sequence) // 4
        tract = (unit * _MICROSATELLITE_LENGTH)[:_MICROSATELLITE_LENGTH]
        sequence[start : start + _MICROSATELLITE_LENGTH] = np.frombuffer(tract, dtype=np.uint8)


def _free_position(draws: Draws, length: int, taken: Sequence[int]) -> int:
    while True:
        span = length - 2 * _DISTANCE_FROM_ENDS
        position = _DISTANCE_FROM_ENDS + int(draws.integers(1, span)[0])
        if all(abs(position - other) >= _DISTANCE_BETWEEN_VARIANTS for other in taken):
            return position


def _draw_variant(draws: Draws, contig: str, sequence: Sequence8, position: int) -> Variant:
    anchor = chr(sequence[position])
    genotype = _GENOTYPES[draws.integers(1, len(_GENOTYPES))[0]]
    kind = draws.uniform(1)[0]
    if kind >= _INDEL_SHARE:
        others = "ACGT".replace(anchor, "")
        return Variant(contig, position, anchor, others[draws.integers(1, 3)[0]], genotype)
    length = min(1 + int(-np.log(1 - draws.uniform(1)[0]) * _INDEL_MEAN_LENGTH), _INDEL_LONGEST)
    if kind < _INDEL_SHARE / 2:
        inserted = BASES[draws.integers(length, len(BASES))].tobytes().decode()
        return Variant(contig, position, anchor, anchor + inserted, genotype)
    deleted = sequence[position : position + length + 1].tobytes().decode()
    return Variant(contig, position, deleted, anchor, genotype)

"""From haplotypes to reads: fragments, sequencing errors, adapters, quality that decays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from examples.sequencing.draws import Draws, Integers
from examples.sequencing.genome import BASES, Sequence8
from examples.sequencing.samples import SampleKind

READ_LENGTH = 150
SHORTEST_FRAGMENT, LONGEST_FRAGMENT = 35, 900

# Illumina TruSeq adapters, as they are read through short fragments; after them a
# two-colour instrument sees nothing, which it calls G.
ADAPTERS = {
    1: np.frombuffer(b"AGATCGGAAGAGCACACGTCTGAACTCCAGTCAC", dtype=np.uint8),
    2: np.frombuffer(b"AGATCGGAAGAGCGTCGTGTAGGGAAAGAGTGTA", dtype=np.uint8),
}
DARK = ord("G")

# Instruments report binned qualities; each bin errs as often as its Phred score says.
QUALITY_BINS = np.array([2, 11, 25, 37], dtype=np.uint8)
BIN_FLOORS = (8, 19, 31)
BIN_ERROR_RATES = (np.array([0.5, 0.07, 0.003, 0.0002]) * (1 << 16)).astype(np.uint16)
UNCALLED_SHARE = 0.3  # of the bases in the lowest bin
PHRED_OFFSET = 33

_COMPLEMENT = np.zeros(256, dtype=np.uint8)
_COMPLEMENT[np.frombuffer(b"ACGT", dtype=np.uint8)] = np.frombuffer(b"TGCA", dtype=np.uint8)


@dataclass(frozen=True)
class Fragments:
    """Sequenced pieces of DNA, one entry each: where it starts in the pool, its length, strand."""

    start: Integers
    length: Integers
    reverse: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.start)

    def __getitem__(self, part: slice | Integers) -> "Fragments":
        return Fragments(self.start[part], self.length[part], self.reverse[part])


def draw_fragments(
    draws: Draws, kind: SampleKind, pool: Sequence[Sequence8], own: int, count: int
) -> Fragments:
    """`count` fragments of a pool of sequences, copies among them, in random order.

    The first `own` sequences of the pool are the sample's, the next one is of another organism, and
    the rest are of another individual.
    """
    unique = max(1, round(count * (1 - kind.duplicate_share)))
    length = np.clip(
        kind.insert_mean + kind.insert_sd * draws.normal(unique),
        SHORTEST_FRAGMENT,
        LONGEST_FRAGMENT,
    ).astype(np.int64)
    sizes = np.array([len(sequence) for sequence in pool])
    ends = np.cumsum(sizes)
    source = np.searchsorted(
        ends[: own - 1], draws.integers(unique, int(ends[own - 1])), side="right"
    )
    origin = draws.uniform(unique)
    source = np.where(origin < kind.foreign_share, own, source)
    is_stranger = origin >= 1 - kind.stranger_share  # the sample's own piece, of somebody else
    source = np.where(is_stranger, own + 1 + source, source)
    offset = (draws.uniform(unique) * (sizes[source] - length)).astype(np.int64)
    start = ends[source] - sizes[source] + offset
    originals = Fragments(start, length, draws.uniform(unique) < 1 / 2)
    copies = draws.integers(count - unique, unique)
    order = np.concatenate([np.arange(unique), copies])[draws.shuffled(count)]
    return originals[order]


def sequence_mate(
    draws: Draws, kind: SampleKind, pool: Sequence8, fragments: Fragments, mate: int
) -> tuple[Sequence8, Sequence8]:
    """Bases and quality characters of mate 1 or 2, each an array [fragments, READ_LENGTH]."""
    bases = _true_bases(pool, fragments, mate)
    bins = _quality_bins(draws, kind, len(fragments), mate)
    wrong = np.nonzero(draws.words(*bins.shape) < BIN_ERROR_RATES[bins])
    code = np.searchsorted(BASES, bases[wrong])
    bases[wrong] = BASES[(code + 1 + draws.integers(len(code), 3)) % 4]
    uncalled = (bins == 0) & (draws.words(*bins.shape) < UNCALLED_SHARE * (1 << 16))
    bases[uncalled] = ord("N")
    return bases, QUALITY_BINS[bins] + np.uint8(PHRED_OFFSET)


def _true_bases(pool: Sequence8, fragments: Fragments, mate: int) -> Sequence8:
    cycle = np.arange(READ_LENGTH)
    start, length = fragments.start[:, None], fragments.length[:, None]
    backwards = (fragments.reverse if mate == 1 else ~fragments.reverse)[:, None]
    inside = cycle < length
    place = np.where(backwards, start + length - 1 - cycle, start + cycle)
    bases = pool[np.where(inside, place, 0)]
    bases = np.where(backwards, _COMPLEMENT[bases], bases)
    adapter = ADAPTERS[mate]
    beyond = np.clip(cycle - length, 0, None)
    read_through = np.where(
        beyond < len(adapter), adapter[np.minimum(beyond, len(adapter) - 1)], DARK
    )
    return np.where(inside, bases, read_through).astype(np.uint8)


def _quality_bins(draws: Draws, kind: SampleKind, count: int, mate: int) -> NDArray[np.uint8]:
    """Index into QUALITY_BINS for every base: poor first cycles, then a decay, worse in mate 2."""
    cycle = np.arange(READ_LENGTH)
    decay = (5.5 if mate == 1 else 8.5) * (cycle / READ_LENGTH) ** 2.2
    mean = (41 - decay - 4 * np.exp(-cycle / 2) + kind.quality_shift).astype(np.float32)
    of_read = 3 * np.minimum(draws.normal(count), 1)[:, None]
    quality = mean + of_read + np.float32(4.5) * draws.normal(count, READ_LENGTH)
    bins = sum((quality > floor).astype(np.uint8) for floor in BIN_FLOORS)
    return np.asarray(bins, dtype=np.uint8)

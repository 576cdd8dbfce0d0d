"""Make a small synthetic sequencing run: `python -m examples.sequencing.simulate --out FOLDER`.

The folder gets `genome.fa`, `reads/*.fastq.gz`, `truth/SAMPLE.vcf`, `samples.tsv` (the
workflow's sample sheet, its paths as seen from here) and `manifest.json` (how it was made, what
verdict each sample deserves). It appears complete or not at all.
"""

import argparse
import csv
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from examples.sequencing.draws import Draws
from examples.sequencing.files import FastqFile, fastq_text, write_fasta, write_vcf
from examples.sequencing.genome import (
    Reference,
    Sequence8,
    haplotype,
    make_foreign_genome,
    make_reference,
    plant_variants,
)
from examples.sequencing.reads import Fragments, draw_fragments, sequence_mate
from examples.sequencing.samples import DEFAULT_KINDS, KINDS, SampleKind

SHARED_VARIANTS, PRIVATE_VARIANTS = 100, 12
FEWEST_FRAGMENTS = 200
CHUNK = 50_000  # fragments sequenced at a time, which takes about 300 MB


@dataclass(frozen=True)
class Lane:
    """The FASTQ files of one sample on one lane, by mate, with the digest of their text."""

    sample: str
    lane: str
    files: Mapping[int, str]
    sha256: Mapping[int, str]


def simulate(
    out: Path,
    *,
    seed: int,
    kinds: Sequence[SampleKind],
    scale: float,
    reference_seed: int | None = None,
) -> None:
    """Write the run into `out`, which must not exist yet (or be an empty folder).

    Runs with different seeds share their reference if they are given one seed for it.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as scratch:
        work = Path(scratch, out.name)
        for folder in ("reads", "truth"):
            (work / folder).mkdir(parents=True)
        reference = make_reference(
            Draws(seed if reference_seed is None else reference_seed, "reference")
        )
        write_fasta(work / "genome.fa", reference)
        lanes = [
            lane for kind in kinds for lane in _make_sample(work, seed, kind, reference, scale)
        ]
        _write_sheet(work / "samples.tsv", lanes, seen_from_here=out)
        _write_manifest(work / "manifest.json", seed, scale, kinds, lanes)
        work.rename(out)


def _make_sample(
    work: Path, seed: int, kind: SampleKind, reference: Reference, scale: float
) -> Iterator[Lane]:
    draws = Draws(seed, "sample", kind.name)
    shared = plant_variants(Draws(seed, "shared variants"), reference, SHARED_VARIANTS)
    private = plant_variants(draws, reference, PRIVATE_VARIANTS, beside=shared)
    variants = [*shared, *private]
    write_vcf(work / "truth" / f"{kind.name}.vcf", kind.name, reference, variants)

    own = [*haplotype(reference, variants, 0), *haplotype(reference, variants, 1)]
    foreign = make_foreign_genome(Draws(seed, "foreign"))
    others = plant_variants(
        Draws(seed, "stranger"), reference, SHARED_VARIANTS + PRIVATE_VARIANTS, beside=variants
    )
    stranger = [*haplotype(reference, others, 0), *haplotype(reference, others, 1)]
    pool = np.concatenate([*own, foreign, *stranger])
    count = max(FEWEST_FRAGMENTS, round(kind.fragments * scale))
    fragments = draw_fragments(draws, kind, [*own, foreign, *stranger], len(own), count)

    bounds = [count * lane // kind.lanes for lane in range(kind.lanes + 1)]
    for number, (start, end) in enumerate(pairwise(bounds), start=1):
        yield _sequence_lane(work, draws, kind, pool, fragments[start:end], number=number)


def _sequence_lane(
    work: Path,
    draws: Draws,
    kind: SampleKind,
    pool: Sequence8,
    fragments: Fragments,
    *,
    number: int,
) -> Lane:
    lane = f"L{number:03d}"
    mates = (1, 2) if kind.paired else (1,)
    names = {mate: f"reads/{kind.name}_{lane}_R{mate}.fastq.gz" for mate in mates}
    with ExitStack() as stack:
        files = {mate: stack.enter_context(FastqFile(work / names[mate])) for mate in mates}
        for start in range(0, len(fragments), CHUNK):
            ids = np.arange(start, min(start + CHUNK, len(fragments)))
            for mate, file in files.items():
                bases, qualities = sequence_mate(draws, kind, pool, fragments[ids], mate)
                file.write(fastq_text(ids, number, mate, bases, qualities))
    return Lane(kind.name, lane, names, {mate: file.sha256 for mate, file in files.items()})


def _write_sheet(path: Path, lanes: Sequence[Lane], seen_from_here: Path) -> None:
    with path.open("w", newline="") as file:
        sheet = csv.writer(file, dialect="excel-tab", lineterminator="\n")
        sheet.writerow(["sample", "lane", "fastq_1", "fastq_2", "platform", "library"])
        for lane in lanes:
            mates = [seen_from_here / lane.files[1], ""]
            if 2 in lane.files:  # noqa: PLR2004  # mate 2
                mates[1] = seen_from_here / lane.files[2]
            sheet.writerow([lane.sample, lane.lane, *mates, "ILLUMINA", f"{lane.sample}_lib1"])


def _write_manifest(
    path: Path, seed: int, scale: float, kinds: Sequence[SampleKind], lanes: Sequence[Lane]
) -> None:
    manifest = {
        "seed": seed,
        "scale": scale,
        "samples": {
            kind.name: {
                "note": kind.note,
                "verdict": kind.verdict.value,
                "tripped": list(kind.tripped),
                "sha256": {
                    lane.files[mate]: digest
                    for lane in lanes
                    if lane.sample == kind.name
                    for mate, digest in lane.sha256.items()
                },
            }
            for kind in kinds
        },
    }
    path.write_text(json.dumps(manifest, indent=2) + "\n")


def _positive(text: str) -> float:
    number = float(text)
    if number <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Make a small synthetic sequencing run.")
    parser.add_argument("--out", type=Path, required=True, help="folder to make")
    parser.add_argument("--seed", type=int, default=7, help="same seed, same reads (default: 7)")
    parser.add_argument(
        "--samples",
        nargs="+",
        choices=list(KINDS),
        default=DEFAULT_KINDS,
        help="kinds of sample to make (default: good bad)",
    )
    parser.add_argument(
        "--scale", type=_positive, default=1.0, help="factor on the number of reads (default: 1)"
    )
    options = parser.parse_args(arguments)
    if options.out.exists() and (options.out.is_file() or any(options.out.iterdir())):
        sys.stderr.write(
            f"{options.out} exists already; remove it or give another folder with --out.\n"
        )
        return os.EX_CANTCREAT
    kinds = [KINDS[name] for name in dict.fromkeys(options.samples)]
    simulate(options.out, seed=options.seed, kinds=kinds, scale=options.scale)
    print(f"{len(kinds)} samples in {options.out}")
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())

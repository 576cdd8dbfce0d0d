"""Writing FASTA, VCF and FASTQ."""

import gzip
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np

from examples.sequencing.draws import Integers
from examples.sequencing.genome import Reference, Sequence8, Variant

_FASTA_LINE = 60
_ID_DIGITS = 8
_ID = b"0" * _ID_DIGITS
_BREAK = b"\n+\n"


def write_fasta(path: Path, reference: Reference) -> None:
    """Write the contigs, 60 bases a line."""
    with path.open("w") as file:
        for name, sequence in reference.items():
            text = sequence.tobytes().decode()
            lines = (text[at : at + _FASTA_LINE] for at in range(0, len(text), _FASTA_LINE))
            file.write(f">{name}\n" + "\n".join(lines) + "\n")


def write_vcf(path: Path, sample: str, reference: Reference, variants: Sequence[Variant]) -> None:
    """Write the truth as VCF 4.2, sorted by contig and position."""
    contigs = list(reference)
    rows = sorted(variants, key=lambda variant: (contigs.index(variant.contig), variant.position))
    with path.open("w") as file:
        file.write("##fileformat=VCFv4.2\n")
        for name, sequence in reference.items():
            file.write(f"##contig=<ID={name},length={len(sequence)}>\n")
        file.write('##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n')
        file.write(f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{sample}\n")
        for row in rows:
            file.write(
                f"{row.contig}\t{row.position + 1}\t.\t{row.reference}\t{row.alternative}"
                f"\t.\tPASS\t.\tGT\t{row.genotype}\n"
            )


def fastq_text(
    ids: Integers, lane: int, mate: int, bases: Sequence8, qualities: Sequence8
) -> bytes:
    """FASTQ records with Illumina-style names; every record is equally long, so one array."""
    before = b"@SIM:7:HSYNTH:%d:1101:" % lane
    header = before + _ID + b":" + _ID + b" %d:N:0:ACGTTGCA\n" % mate
    digits = ids[:, None] // 10 ** np.arange(_ID_DIGITS)[::-1] % 10 + ord("0")
    heads = np.tile(np.frombuffer(header, dtype=np.uint8), (len(ids), 1))
    x = len(before)
    y = x + _ID_DIGITS + 1
    heads[:, x : x + _ID_DIGITS] = digits
    heads[:, y : y + _ID_DIGITS] = digits[:, ::-1]
    breaks = np.tile(np.frombuffer(_BREAK, dtype=np.uint8), (len(ids), 1))
    ends = np.full((len(ids), 1), ord("\n"), dtype=np.uint8)
    return np.concatenate([heads, bases, breaks, qualities, ends], axis=1).tobytes()


class FastqFile:
    """A gzipped FASTQ file being written, with the digest of its text.

    Neither time nor name goes into the gzip header, so that equal content gives equal files.
    """

    def __init__(self, path: Path) -> None:
        self._raw = path.open("wb")
        self._gzip = gzip.GzipFile(
            filename="", mode="wb", compresslevel=4, fileobj=self._raw, mtime=0
        )
        self._digest = hashlib.sha256()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._gzip.close()
        self._raw.close()

    def write(self, text: bytes) -> None:
        """Append records."""
        self._gzip.write(text)
        self._digest.update(text)

    @property
    def sha256(self) -> str:
        """Of the text so far, in hexadecimal."""
        return self._digest.hexdigest()

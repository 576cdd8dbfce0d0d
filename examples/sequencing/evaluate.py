"""Compare called variants with the planted ones.

`python -m examples.sequencing.evaluate --truth TRUTH.vcf --calls CALLS.vcf.gz --reference REF.fa`
prints recall and precision of SNVs and indels. Both files are normalised with bcftools first (left
aligned, one allele a row), so that two ways to write one indel count as the same.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

Allele = tuple[str, int, str, str]  # contig, position, reference, alternative

_FIELDS = "%CHROM\\t%POS\\t%REF\\t%ALT\\n"


@dataclass(frozen=True)
class Accuracy:
    """How the called alleles of one class compare with the planted ones."""

    planted: int
    called: int
    found: int  # both planted and called

    @property
    def recall(self) -> float:
        """Share of the planted alleles that were called; 1 if none was planted."""
        return self.found / self.planted if self.planted else 1.0

    @property
    def precision(self) -> float:
        """Share of the called alleles that were planted; 1 if none was called."""
        return self.found / self.called if self.called else 1.0


def evaluate(truth: Path, calls: Path, reference: Path) -> dict[str, Accuracy]:
    """Accuracy of the calls that passed their filters, for "SNV" and "indel".

    Raises:
        subprocess.CalledProcessError: bcftools refused one of the files.
    """
    planted = _alleles(truth, reference)
    called = _alleles(calls, reference)
    return {
        name: _compare(
            {allele for allele in planted if is_snv(allele) == snv},
            {allele for allele in called if is_snv(allele) == snv},
        )
        for name, snv in (("SNV", True), ("indel", False))
    }


def is_snv(allele: Allele) -> bool:
    """Whether one base replaces another."""
    _, _, reference, alternative = allele
    return len(reference) == len(alternative) == 1


def _compare(planted: set[Allele], called: set[Allele]) -> Accuracy:
    return Accuracy(len(planted), len(called), len(planted & called))


def _alleles(vcf: Path, reference: Path) -> set[Allele]:
    passed = _bcftools("view", "-f", "PASS,.", str(vcf))
    normal = _bcftools("norm", "-f", str(reference), "-m", "-any", "-", text=passed)
    rows = _bcftools("query", "-f", _FIELDS, "-", text=normal).splitlines()
    cells = (row.split("\t") for row in rows)
    return {(contig, int(position), ref, alt) for contig, position, ref, alt in cells}


def _bcftools(*arguments: str, text: str | None = None) -> str:
    done = subprocess.run(
        ["bcftools", *arguments], input=text, capture_output=True, text=True, check=True
    )
    return done.stdout


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Compare called variants with the planted ones.")
    for name in ("truth", "calls", "reference"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    options = parser.parse_args(arguments)
    try:
        accuracies = evaluate(options.truth, options.calls, options.reference)
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"The variants cannot be compared: bcftools says {error.stderr.strip()}\n")
        return 1
    print("class\tplanted\tcalled\tfound\trecall\tprecision")
    for name, accuracy in accuracies.items():
        figures = f"{accuracy.recall:.3f}\t{accuracy.precision:.3f}"
        print(f"{name}\t{accuracy.planted}\t{accuracy.called}\t{accuracy.found}\t{figures}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

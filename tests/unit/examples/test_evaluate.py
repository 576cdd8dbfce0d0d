import os
import sys
from pathlib import Path

import pytest

from examples.sequencing.evaluate import Accuracy, evaluate, main

CONTIG = "ACGTACGGTTAAAAACCGTCAGT"
HEAD = f"""\
##fileformat=VCFv4.2
##contig=<ID=c,length={len(CONTIG)}>
##FILTER=<ID=LOWQ,Description="poor">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO
"""


@pytest.fixture(autouse=True)
def _tools_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    scripts = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{scripts}")


@pytest.fixture(name="reference")
def _reference(tmp_path: Path) -> Path:
    path = tmp_path / "reference.fa"
    path.write_text(f">c\n{CONTIG}\n")
    return path


def vcf(path: Path, *rows: str) -> Path:
    lines = ("c\t{}\t.\t{}\t{}\t.\t{}\t.\n".format(*row.split()) for row in rows)
    path.write_text(HEAD + "".join(lines))
    return path


def test_counts_found_missed_and_invented_alleles(tmp_path: Path, reference: Path) -> None:
    truth = vcf(tmp_path / "t.vcf", "2 C A PASS", "4 T G PASS", "15 A AC PASS")
    calls = vcf(tmp_path / "c.vcf", "2 C A PASS", "4 T C PASS", "15 A AC PASS")
    assert evaluate(truth, calls, reference) == {
        "SNV": Accuracy(planted=2, called=2, found=1),
        "indel": Accuracy(planted=1, called=1, found=1),
    }


def test_two_ways_to_write_an_indel_are_the_same(tmp_path: Path, reference: Path) -> None:
    truth = vcf(tmp_path / "t.vcf", "10 T TA PASS")
    calls = vcf(tmp_path / "c.vcf", "15 A AA PASS")
    assert evaluate(truth, calls, reference)["indel"].found == 1


def test_calls_that_missed_a_filter_do_not_count(tmp_path: Path, reference: Path) -> None:
    truth = vcf(tmp_path / "t.vcf", "2 C A PASS")
    calls = vcf(tmp_path / "c.vcf", "2 C A LOWQ")
    assert evaluate(truth, calls, reference)["SNV"] == Accuracy(planted=1, called=0, found=0)


def test_recall_and_precision_are_shares_and_1_of_nothing() -> None:
    assert Accuracy(planted=4, called=2, found=1).recall == 0.25
    assert Accuracy(planted=4, called=2, found=1).precision == 0.5
    assert Accuracy(planted=0, called=0, found=0).recall == 1
    assert Accuracy(planted=0, called=0, found=0).precision == 1


def test_an_absent_file_is_one_sentence(
    tmp_path: Path, reference: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--truth", str(tmp_path / "no.vcf"), "--calls", "x", "--reference", str(reference)]
    assert main(options) == 1
    message = capsys.readouterr().err
    assert message.startswith("The variants cannot be compared: bcftools says")
    assert "no.vcf" in message

import csv
import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from examples.sequencing import simulate
from examples.sequencing.samples import KINDS


def make(out: Path, *options: str) -> Path:
    assert simulate.main(["--out", str(out), "--scale", "0.05", *options]) == 0
    return out


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file, dialect="excel-tab"))


def test_makes_a_good_and_a_bad_sample_unless_told_otherwise(tmp_path: Path) -> None:
    out = make(tmp_path / "run")
    assert sorted(str(path.relative_to(out)) for path in out.rglob("*.*")) == [
        "genome.fa",
        "manifest.json",
        "reads/bad_L001_R1.fastq.gz",
        "reads/bad_L001_R2.fastq.gz",
        "reads/good_L001_R1.fastq.gz",
        "reads/good_L001_R2.fastq.gz",
        "samples.tsv",
        "truth/bad.vcf",
        "truth/good.vcf",
    ]


def test_one_seed_always_gives_the_same_files(tmp_path: Path) -> None:
    one, other = make(tmp_path / "one"), make(tmp_path / "other")
    for path in one.rglob("*.*"):
        if path.name != "samples.tsv":  # its paths differ
            assert path.read_bytes() == (other / path.relative_to(one)).read_bytes()


def test_another_seed_gives_other_reads(tmp_path: Path) -> None:
    one, other = make(tmp_path / "one"), make(tmp_path / "other", "--seed", "8")
    assert (one / "genome.fa").read_text() != (other / "genome.fa").read_text()


def test_a_sample_does_not_depend_on_its_neighbours(tmp_path: Path) -> None:
    alone, both = make(tmp_path / "one", "--samples", "bad"), make(tmp_path / "both")
    file = "reads/bad_L001_R2.fastq.gz"
    assert (alone / file).read_bytes() == (both / file).read_bytes()


def test_the_sheet_names_every_lane_and_its_files(tmp_path: Path) -> None:
    out = make(tmp_path / "run", "--samples", "two_lanes", "good_se")
    sheet = rows(out / "samples.tsv")
    assert [(row["sample"], row["lane"]) for row in sheet] == [
        ("two_lanes", "L001"),
        ("two_lanes", "L002"),
        ("good_se", "L001"),
    ]
    assert sheet[2]["fastq_2"] == ""
    for row in sheet:
        assert Path(row["fastq_1"]).is_file()


def test_reads_are_fastq_records_of_one_length_whose_mates_share_names(tmp_path: Path) -> None:
    out = make(tmp_path / "run", "--samples", "good")
    mates = [
        gzip.decompress(path.read_bytes()).decode().splitlines()
        for path in sorted((out / "reads").iterdir())
    ]
    assert [len(lines) // 4 for lines in mates] == [600, 600]
    for lines in mates:
        assert {len(line) for line in lines[1::4] + lines[3::4]} == {150}
        assert set(lines[2::4]) == {"+"}
    first, second = ([line.split()[0] for line in lines[::4]] for lines in mates)
    assert first == second
    assert len(set(first)) == 600


def test_the_manifest_says_what_each_sample_deserves(tmp_path: Path) -> None:
    manifest = json.loads((make(tmp_path / "run") / "manifest.json").read_text())
    assert manifest["seed"] == 7
    assert manifest["samples"]["good"]["verdict"] == "PASS"
    assert manifest["samples"]["bad"]["verdict"] == "FAIL"
    assert manifest["samples"]["bad"]["tripped"] == list(KINDS["bad"].tripped)


def test_a_run_that_breaks_off_leaves_nothing_behind(tmp_path: Path) -> None:
    """The second sample cannot be written, because its folder does not exist."""
    kinds = [KINDS["good"], replace(KINDS["bad"], name="no/folder")]
    with pytest.raises(FileNotFoundError):
        simulate.simulate(tmp_path / "run", seed=7, kinds=kinds, scale=0.05)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_run_is_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = make(tmp_path / "run")
    before = (out / "manifest.json").read_bytes()
    assert simulate.main(["--out", str(out), "--seed", "8"]) != 0
    assert "exists already; remove it or give another folder" in capsys.readouterr().err
    assert (out / "manifest.json").read_bytes() == before


def test_a_scale_of_nothing_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        simulate.main(["--out", "x", "--scale", "0"])
    assert "0 is not above 0" in capsys.readouterr().err

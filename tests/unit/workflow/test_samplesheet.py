from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.lib.checking import InputError
from workflow.lib.samplesheet import Unit, read_samplesheet

HEADER = "sample\tlane\tfastq_1\tfastq_2\tplatform\tlibrary\n"
ROW = "s1\tL001\ta_R1.fastq.gz\ta_R2.fastq.gz\tILLUMINA\tlib1\n"


def sheet(folder: Path, text: str, name: str = "samples.tsv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        read_samplesheet(sheet(folder, text))
    message = str(caught.value)
    assert message.startswith(f"{folder}/samples.tsv")
    assert "\n" not in message
    return message.removeprefix(f"{folder}/")


def test_a_row_is_a_unit_named_by_sample_and_lane(tmp_path: Path) -> None:
    assert read_samplesheet(sheet(tmp_path, HEADER + ROW)) == {
        "s1_L001": Unit(
            sample="s1",
            lane="L001",
            fastqs=("a_R1.fastq.gz", "a_R2.fastq.gz"),
            bam=None,
            paired=True,
            platform="ILLUMINA",
            library="lib1",
            center=None,
        )
    }


def test_the_read_group_carries_all_names(tmp_path: Path) -> None:
    unit = read_samplesheet(sheet(tmp_path, HEADER + ROW))["s1_L001"]
    assert unit.read_group == r"@RG\tID:s1_L001\tSM:s1\tLB:lib1\tPL:ILLUMINA\tPU:s1_L001"


def test_the_center_is_told_where_it_is_known(tmp_path: Path) -> None:
    text = HEADER.replace("\n", "\tcenter\n") + ROW.replace("\n", "\tLab1\n")
    unit = read_samplesheet(sheet(tmp_path, text))["s1_L001"]
    assert unit.read_group.endswith(r"\tPU:s1_L001\tCN:Lab1")


BAM_HEADER = "sample\tlane\tfastq_1\tfastq_2\tbam\tlayout\tplatform\tlibrary\n"


@pytest.mark.parametrize(
    ("bam", "layout", "mates"),
    [
        ("a.bam", "", ("R1", "R2")),
        ("gs://lab/a.cram", "paired", ("R1", "R2")),
        ("a.bam", "single", ("R1",)),
    ],
)
def test_unaligned_reads_come_in_pairs_unless_the_layout_says_otherwise(
    tmp_path: Path, bam: str, layout: str, mates: tuple[str, ...]
) -> None:
    text = f"{BAM_HEADER}s1\tL001\t\t\t{bam}\t{layout}\tILLUMINA\tlib1\n"
    unit = read_samplesheet(sheet(tmp_path, text))["s1_L001"]
    assert (unit.files, unit.mates) == ((bam,), mates)


@pytest.mark.parametrize("cells", ["\t\t\t", "a.fq.gz\t\tb.bam\t", "\tb.fq.gz\t\t"])
def test_a_row_has_fastq_or_bam_and_not_both(tmp_path: Path, cells: str) -> None:
    text = f"{BAM_HEADER}s1\tL001\t{cells}\tILLUMINA\tlib1\n"
    assert refusal(tmp_path, text) == (
        "samples.tsv, line 2: give fastq_1, with fastq_2 for pairs, or bam, and not both."
    )


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ("a.fq.gz\t\t\tpaired", "layout is 'paired' but there is one file of FASTQ"),
        ("a.fq.gz\tb.fq.gz\t\tsingle", "layout is 'single' but there are two files of FASTQ"),
    ],
)
def test_a_layout_that_the_files_contradict_is_refused(
    tmp_path: Path, cells: str, sentence: str
) -> None:
    text = f"{BAM_HEADER}s1\tL001\t{cells}\tILLUMINA\tlib1\n"
    assert (
        refusal(tmp_path, text) == f"samples.tsv, line 2: {sentence}; correct it, or leave it out."
    )


@pytest.mark.parametrize(
    "text",
    [
        HEADER + "s1\tL001\ta_R1.fastq.gz\t\tILLUMINA\tlib1\n",
        "library\tplatform\tsample\tlane\tfastq_1\nlib1\tILLUMINA\ts1\tL001\ta_R1.fastq.gz\n",
    ],
)
def test_without_a_second_file_the_reads_are_single(tmp_path: Path, text: str) -> None:
    unit = read_samplesheet(sheet(tmp_path, text))["s1_L001"]
    assert unit.fastqs == ("a_R1.fastq.gz",)
    assert not unit.paired


def test_a_csv_sheet_reads_the_same(tmp_path: Path) -> None:
    text = (HEADER + ROW).replace("\t", ",")
    assert read_samplesheet(sheet(tmp_path, text, "samples.csv")) == read_samplesheet(
        sheet(tmp_path, HEADER + ROW)
    )


def test_what_spreadsheets_leave_behind_is_ignored(tmp_path: Path) -> None:
    """A byte order mark, Windows line ends, blanks around cells, empty lines and columns."""
    text = "\ufeff" + HEADER + ROW.replace("s1\t", " s1 \t").rstrip("\n") + "\t\t\n\t\t\n\n"
    path = tmp_path / "samples.tsv"
    path.write_bytes(text.replace("\n", "\r\n").encode())
    assert list(read_samplesheet(path)) == ["s1_L001"]


def test_units_keep_the_order_of_the_sheet(tmp_path: Path) -> None:
    rows = [f"{name}\tL1\t{name}.fq.gz\t\tONT\tlib\n" for name in ("z", "a", "m")]
    assert list(read_samplesheet(sheet(tmp_path, HEADER + "".join(rows)))) == [
        "z_L1",
        "a_L1",
        "m_L1",
    ]


def test_an_unknown_column_is_refused_with_the_nearest_known_one(tmp_path: Path) -> None:
    text = HEADER.replace("fastq_1", "fastq1") + ROW
    assert refusal(tmp_path, text) == (
        "samples.tsv: unknown column 'fastq1'; did you mean 'fastq_1'?"
    )


def test_a_column_like_no_other_is_refused_with_all_known_ones(tmp_path: Path) -> None:
    assert refusal(tmp_path, "zzz\n").endswith(
        "known are sample, lane, fastq_1, fastq_2, bam, layout, platform, library, center."
    )


def test_a_column_named_twice_is_refused(tmp_path: Path) -> None:
    text = HEADER.replace("fastq_2", "fastq_1") + ROW
    assert refusal(tmp_path, text) == "samples.tsv: the column 'fastq_1' stands there twice."


def test_a_missing_cell_is_refused_with_its_line(tmp_path: Path) -> None:
    text = HEADER + ROW + "s2\tL001\tb.fq.gz\t\t\tlib1\n"
    assert refusal(tmp_path, text) == "samples.tsv, line 3: the key 'platform' is missing."


def test_too_many_cells_are_refused(tmp_path: Path) -> None:
    text = HEADER + ROW.rstrip("\n") + "\tmore\n"
    assert refusal(tmp_path, text) == ("samples.tsv, line 2: has 7 cells where the header has 6.")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("s1", "s 1", "sample is 's 1' but must be 1 to 64 of"),
        ("s1", "-s1", "sample is '-s1' but must be"),
        ("s1", "$(x)", "sample is '$(x)' but must be"),
        ("L001", "L_1", "lane is 'L_1' but must be"),
        ("lib1", "a;b", "library is 'a;b' but must be"),
        ("ILLUMINA", "Illumina", "platform is 'Illumina' but must be a platform of"),
        ("a_R1.fastq.gz", "a_R1.fastq", "fastq_1 is 'a_R1.fastq' but must be a path"),
        ("a_R1.fastq.gz", "../a.fastq.gz", "fastq_1 is '../a.fastq.gz' but must be"),
        ("a_R1.fastq.gz", "a b.fastq.gz", "fastq_1 is 'a b.fastq.gz' but must be"),
        ("a_R1.fastq.gz", "{x}.fastq.gz", "fastq_1 is '{x}.fastq.gz' but must be"),
        ("a_R1.fastq.gz", "s3://b/a.fastq.gz", "fastq_1 is 's3:"),
    ],
)
def test_a_value_outside_the_allow_list_is_refused_with_what_is_allowed(
    tmp_path: Path, old: str, new: str, named: str
) -> None:
    text = HEADER + ROW.replace(old, new, 1)
    assert refusal(tmp_path, text).startswith(f"samples.tsv, line 2: {named}")


def test_gs_addresses_are_taken(tmp_path: Path) -> None:
    text = HEADER + ROW.replace("a_R", "gs://in-box/run 42/a_R".replace(" ", "_"))
    unit = read_samplesheet(sheet(tmp_path, text))["s1_L001"]
    assert unit.fastqs[0] == "gs://in-box/run_42/a_R1.fastq.gz"


def test_a_lane_given_twice_is_refused(tmp_path: Path) -> None:
    text = HEADER + ROW + ROW.replace("a_R", "b_R")
    assert refusal(tmp_path, text) == (
        "samples.tsv, line 3: sample 's1' has a second row for lane 'L001'; "
        "give each row a lane of its own."
    )


def test_a_file_given_twice_is_refused(tmp_path: Path) -> None:
    text = HEADER + ROW + ROW.replace("s1", "s2")
    assert refusal(tmp_path, text) == (
        "samples.tsv, line 3: a_R1.fastq.gz is named twice (first for s1_L001)."
    )


@pytest.mark.parametrize("text", ["", HEADER, HEADER + "\n\n"])
def test_a_sheet_without_rows_is_refused(tmp_path: Path, text: str) -> None:
    assert "the sheet has no rows" in refusal(tmp_path, text)


def test_an_absent_sheet_is_refused_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent.tsv: cannot be read \(No such file"):
        read_samplesheet(tmp_path / "absent.tsv")


def test_a_sheet_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "samples.tsv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="is not UTF-8 text"):
        read_samplesheet(path)


@given(text=st.text(max_size=60))
def test_any_text_is_a_sheet_or_refused_in_one_sentence(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = sheet(tmp_path_factory.mktemp("sheet"), "")
    path.write_text(HEADER + text, encoding="utf-8", errors="replace")
    try:
        units = read_samplesheet(path)
    except InputError as error:
        assert "\n" not in str(error)  # either outcome is right
    else:
        assert units

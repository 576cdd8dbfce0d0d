import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.scripts.check_fastq import UnitCheck, check_unit, main


@dataclass(frozen=True)
class Read:
    name: str
    bases: str
    qualities: str

    def text(self, mate: str = "") -> str:
        return f"@{self.name}{mate}\n{self.bases}\n+\n{self.qualities}\n"


names = st.text("abcXYZ019:._-#", min_size=1, max_size=30)


@st.composite
def reads(draw: st.DrawFn) -> Read:
    bases = draw(st.text("ACGTN", max_size=30))
    qualities = draw(st.text("!#5AI~", min_size=len(bases), max_size=len(bases)))
    return Read(draw(names), bases, qualities)


some_reads = st.lists(reads(), min_size=1, max_size=8)
GOOD = [Read("r1", "ACGT", "IIII"), Read("r2", "ACGTN", "III5!"), Read("r3", "A", "I")]


def fastq(content: list[Read], mate: str = "") -> bytes:
    return gzip.compress("".join(read.text(mate) for read in content).encode(), mtime=0)


def check(*contents: bytes) -> UnitCheck:
    with TemporaryDirectory() as folder:
        paths = [Path(folder, f"s_R{mate}.fastq.gz") for mate in range(1, len(contents) + 1)]
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content)
        return check_unit("s", paths)


def packed(text: str) -> bytes:
    return gzip.compress(text.encode("latin-1"))


@given(some_reads)
def test_every_well_formed_file_is_usable_and_counted(content: list[Read]) -> None:
    outcome = check(fastq(content))
    assert outcome.usable
    assert outcome.problem is None
    assert outcome.files[0].reads == len(content)
    assert outcome.files[0].bases == sum(len(read.bases) for read in content)


@given(some_reads, st.booleans())
def test_mates_of_the_same_reads_are_usable(content: list[Read], numbered: bool) -> None:
    first, second = ("/1 x", "/2 y") if numbered else (" 1:N:0", " 2:N:0")
    assert check(fastq(content, first), fastq(content, second)).usable


@given(some_reads, st.data())
def test_a_file_cut_anywhere_is_never_usable(content: list[Read], data: st.DataObject) -> None:
    whole = fastq(content)
    kept = data.draw(st.integers(0, len(whole) - 1))
    outcome = check(whole[:kept])
    assert not outcome.usable
    assert outcome.problem is not None
    assert outcome.problem.startswith("s_R1.fastq.gz ")


@given(some_reads, st.data())
def test_mates_of_which_one_was_lost_are_never_usable(
    content: list[Read], data: st.DataObject
) -> None:
    lost = data.draw(st.integers(0, len(content) - 1))
    assert not check(fastq(content), fastq(content[:lost] + content[lost + 1 :])).usable


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_give_an_outcome(first: bytes, second: bytes) -> None:
    assert not check(first, second).usable


@given(st.binary(max_size=200))
def test_any_compressed_bytes_give_an_outcome_and_a_sentence_unless_usable(text: bytes) -> None:
    outcome = check(gzip.compress(text))
    assert outcome.usable == (outcome.problem is None)


@given(some_reads, st.data())
def test_a_damaged_byte_never_goes_unnoticed(content: list[Read], data: st.DataObject) -> None:
    """Either the file still says the same or it is not usable: the CRC sees to it."""
    whole = bytearray(fastq(content))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    outcome = check(bytes(whole))
    if outcome.usable:
        assert gzip.decompress(bytes(whole)) == gzip.decompress(fastq(content))


def test_an_empty_file_is_told_so() -> None:
    assert check(b"").problem == "s_R1.fastq.gz is empty (0 bytes); upload it again."


def test_a_file_that_is_not_gzip_is_told_so() -> None:
    assert check(b"@r1\nA\n+\nI\n").problem == (
        "s_R1.fastq.gz is not gzip-compressed (it begins with b'@r'); compress it with gzip."
    )


def test_a_truncated_file_is_told_so() -> None:
    assert check(fastq(GOOD)[:-8]).problem == (
        "s_R1.fastq.gz is cut short: its gzip data end too early; upload it again."
    )


def test_bytes_after_the_compressed_data_are_damage() -> None:
    assert check(fastq(GOOD) + b"garbage").problem == (
        "s_R1.fastq.gz is damaged: its gzip data contradict themselves; upload it again."
    )


def test_a_file_without_reads_is_told_so() -> None:
    assert check(fastq([])).problem == "s_R1.fastq.gz holds no reads."


def test_several_compressed_members_are_one_file() -> None:
    outcome = check(fastq(GOOD[:1]) + fastq(GOOD[1:]))
    assert outcome.usable
    assert outcome.files[0].reads == 3


@pytest.mark.parametrize(("first", "second"), [(GOOD, GOOD[:1]), (GOOD[:1], GOOD)])
def test_unequal_numbers_of_mates_are_told_with_both_counts(
    first: list[Read], second: list[Read]
) -> None:
    assert check(fastq(first), fastq(second)).problem == (
        f"s_R1.fastq.gz has {len(first)} reads but s_R2.fastq.gz has {len(second)}; "
        "both must hold the same pairs."
    )


def test_mates_in_another_order_are_told_with_the_first_odd_pair() -> None:
    assert check(fastq(GOOD), fastq([GOOD[0], GOOD[2], GOOD[1]])).problem == (
        "s_R1.fastq.gz and s_R2.fastq.gz do not hold the same pairs: read 2 is named r2 and r3."
    )


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        (">r\nA\n+\nI\n", "the first line does not begin with '@'"),
        ("@\nA\n+\nI\n", "the name is empty, longer than 254 characters or not ASCII"),
        ("@ r\nA\n+\nI\n", "the name is empty, longer than 254 characters or not ASCII"),
        (f"@{'r' * 255}\nA\n+\nI\n", "the name is empty, longer than 254 characters or not ASCII"),
        ("@r\xe9\nA\n+\nI\n", "the name is empty, longer than 254 characters or not ASCII"),
        ("@r\nA\nI\n+\n", "the third line is neither '+' nor '+' with the read's name"),
        ("@r\nA\n+q\nI\n", "the third line is neither '+' nor '+' with the read's name"),
        ("@r\nA 1\n+\nIII\n", "the bases hold something else than letters"),
        ("@r\nA\n+\n\x7f\n", "the qualities hold something else than printable ASCII"),
        ("@r\nACG\n+\nI\n", "there are 3 bases but 1 qualities"),
        ("@r\r\nA\r\n+\r\nI\r\n", "the lines end as on Windows (CR LF), which dos2unix mends"),
        ("@r\r\nA\n+\nI\n", "the lines end as on Windows (CR LF), which dos2unix mends"),
        ("@r\nA\n", "lines are missing"),
        ("@r\n", "lines are missing"),
    ],
)
def test_a_malformed_record_is_told_with_its_number(record: str, fault: str) -> None:
    problem = check(packed(GOOD[0].text() + record)).problem
    assert problem == f"s_R1.fastq.gz is no FASTQ: in record 2 {fault}."


def test_the_third_line_may_repeat_the_name() -> None:
    assert check(packed("@r c\nA\n+r c\nI\n")).usable


def test_the_program_ends_with_0_and_writes_what_it_found(tmp_path: Path) -> None:
    reads_file = tmp_path / "s_R1.fastq.gz"
    reads_file.write_bytes(b"")
    out = tmp_path / "out.json"
    assert main(["--unit", "s", "--out", str(out), str(reads_file)]) == 0
    assert json.loads(out.read_text()) == {
        "unit": "s",
        "usable": False,
        "problem": "s_R1.fastq.gz is empty (0 bytes); upload it again.",
        "files": [{"name": "s_R1.fastq.gz", "reads": 0, "bases": 0}],
    }
    assert '"usable": false' in out.read_text()  # the rules look for this very text

"""A run when all files are there that an uploaded sheet lists."""

import base64
import hashlib

import google_crc32c
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.arrivals import triggers
from headrace.arrivals.decisions import Decision, Ready, Refused, Waiting
from headrace.arrivals.kinds import sheet as kind
from tests.unit.arrivals.listing import Uploads, at

RULES = triggers.parse(
    """
rules:
  - name: from-sheet
    match: "{folder}/{sheet}.csv"
    when:
      kind: sheet
      files: "{folder}/{file}.gz"
      listed:
        fastq_1: {size: bytes, checksum: sum}
        fastq_2: {optional: true}
      required: [sample]
      optional: [library]
      deadline: 2h
    sheet: {columns: {platform: ILLUMINA, run: "{folder}"}}
""",
    "rules",
)
SHEET = "run/sheet.csv"
PLAIN = "sample,fastq_1,fastq_2\ns1,a.gz,b.gz\n"


def after(text: str, *files: str, minutes: float = 5, about: str = SHEET) -> list[Decision]:
    uploads = Uploads()
    uploads.put(SHEET, text.encode())
    for name in files:
        uploads.put(name)
    return uploads.decide(RULES, about, at(minutes=minutes))


def refusal(text: str) -> str:
    (refused,) = after(text, "run/a.gz", "run/b.gz")
    assert isinstance(refused, Refused)
    assert "\n" not in refused.reason
    return refused.reason


@pytest.mark.parametrize("about", [SHEET, "run/a.gz", "run/b.gz"])
def test_whichever_object_is_asked_about_a_sheet_with_its_files_is_ready(about: str) -> None:
    (ready,) = after(PLAIN, "run/a.gz", "run/b.gz", "run/c.gz", about=about)
    assert isinstance(ready, Ready)
    assert [member.object.uri.name for member in ready.members] == ["run/a.gz", "run/b.gz"]
    assert ready.opener is not None
    assert ready.sheet is not None
    assert ready.sheet.columns == ["sample", "fastq_1", "fastq_2", "platform", "run"]
    assert ready.sheet.rows == [
        ["s1", "gs://inbox/run/a.gz", "gs://inbox/run/b.gz", "ILLUMINA", "run"]
    ]


def test_a_file_is_of_all_sheets_that_list_it() -> None:
    uploads = Uploads()
    uploads.put(SHEET, PLAIN.encode())
    uploads.put("run/again.csv", b"sample,fastq_1\ns2,a.gz\n")
    uploads.put("run/other.csv", b"sample,fastq_1\ns2,z.gz\n")
    for name in ("run/a.gz", "run/b.gz"):
        uploads.put(name)
    keys = {decision.key[1] for decision in uploads.decide(RULES, "run/a.gz")}
    assert keys == {SHEET, "run/again.csv"}


def test_a_file_that_no_sheet_lists_waits_for_one() -> None:
    (waiting,) = after(PLAIN, "run/c.gz", about="run/c.gz")
    assert isinstance(waiting, Waiting)
    assert "'run/{sheet}.csv' that lists it" in waiting.reason


def test_missing_files_are_named_and_late_after_the_deadline() -> None:
    (waiting,) = after(PLAIN, "run/a.gz")
    (late,) = after(PLAIN, "run/a.gz", minutes=120)
    assert isinstance(waiting, Waiting)
    assert isinstance(late, Waiting)
    assert "run/b.gz is not there" in waiting.reason
    assert (waiting.late, late.late) == (False, True)
    assert late.subject is not None
    assert late.subject.uri.name == SHEET


def test_of_many_missing_files_some_are_named_and_the_others_counted() -> None:
    rows = "".join(f"s{n},f{n}.gz\n" for n in range(9))
    (waiting,) = after("sample,fastq_1\n" + rows)
    assert isinstance(waiting, Waiting)
    assert waiting.reason.endswith("run/f4.gz is not there; and 4 more")


MD5 = hashlib.md5(b"reads", usedforsecurity=False)
CRC = google_crc32c.Checksum(b"reads").digest()


@pytest.mark.parametrize(
    ("size", "checksum", "objection"),
    [
        ("5", MD5.hexdigest(), None),
        ("", base64.b64encode(MD5.digest()).decode(), None),
        ("5", CRC.hex().upper(), None),
        ("5", base64.b64encode(CRC).decode(), None),
        ("6", "", "run/a.gz has 5 bytes, not 6"),
        ("5", "0" * 32, "run/a.gz has another checksum"),
        ("5", "0" * 8, "run/a.gz has another checksum"),
    ],
)
def test_sizes_and_checksums_must_be_those_of_the_sheet(
    size: str, checksum: str, objection: str | None
) -> None:
    (decision,) = after(f"sample,fastq_1,bytes,sum\ns1,a.gz,{size},{checksum}\n", "run/a.gz")
    if objection is None:
        assert isinstance(decision, Ready)
    else:
        assert isinstance(decision, Waiting)
        assert objection in decision.reason


@pytest.mark.parametrize(
    "text",
    [
        "FASTQ_1;Sample;Fastq_2\na.gz;s1;b.gz\n",
        "fastq_2\tnotes\tsample\tfastq_1\r\nb.gz\tan, anecdote\ts1\ta.gz\r\n\r\n",
        '\ufeff"sample","fastq_1","fastq_2",,\n"s1","./a.gz","gs://inbox/run/b.gz",,\n',
    ],
)
def test_columns_come_in_any_order_and_from_any_spreadsheet(text: str) -> None:
    (ready,) = after(text, "run/a.gz", "run/b.gz")
    assert isinstance(ready, Ready)
    assert ready.sheet is not None
    assert ready.sheet.rows[0][:3] == ["s1", "gs://inbox/run/a.gz", "gs://inbox/run/b.gz"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "it is empty"),
        ("sample,fastq_1\n", "it lists no files"),
        ("sampel,fastq_1\ns1,a.gz\n", "no column 'sample'; did you mean 'sampel'?"),
        ("sample,fastq_1,sample\ns1,a.gz,s2\n", "two columns 'sample'"),
        ("sample,,fastq_1\ns1,,a.gz\n", "a column without a heading"),
        ("sample,fastq_1\ns1,a.gz,b.gz\n", "its line 2 has more cells"),
        ("sample,fastq_1\ns1,\n", "its line 2 has no 'fastq_1'"),
        ("sample,fastq_1\n,a.gz\n", "its line 2 has no 'sample'"),
        ("sample,fastq_1\ns1,a.gz\ns2,a.gz\n", "its line 3 lists 'run/a.gz' for a second time"),
        ("sample,fastq_1\n$(id),a.gz\n", "its line 2 has the sample '$(id)'"),
        ("sample,fastq_1\ns1,../a.gz\n", "empty part, '.' or '..'"),
        ("sample,fastq_1\ns1,gs://results/run/a.gz\n", "which is not in the inbox"),
        ("sample,fastq_1\ns1,gs://inbox/other/a.gz\n", "no object 'run/{file}.gz'"),
        ("sample,fastq_1\ns1,a.txt\n", "no object 'run/{file}.gz'"),
        ("sample,fastq_1,bytes\ns1,a.gz,many\n", "the size 'many'"),
        ("sample,fastq_1,sum\ns1,a.gz,xyz\n", "the checksum 'xyz'"),
        ('sample,fastq_1\ns1,"a.gz\n', "is not CSV or TSV"),
    ],
)
def test_a_sheet_that_cannot_be_followed_is_refused_with_its_line(
    text: str, complaint: str
) -> None:
    assert complaint in refusal(text)


def test_a_sheet_in_another_encoding_is_refused() -> None:
    uploads = Uploads()
    uploads.put(SHEET, "sample,fastq_1\nmüller,a.gz\n".encode("latin-1"))
    (refused,) = uploads.decide(RULES, SHEET)
    assert isinstance(refused, Refused)
    assert "UTF-8" in refused.reason


def test_a_huge_sheet_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kind, "MAX_SHEET_BYTES", 10)
    assert "more than 10" in refusal(PLAIN)


@given(content=st.binary(max_size=200) | st.text(alphabet='sample,fastq_1\n\t";.gz', max_size=80))
def test_no_sheet_whatever_makes_reading_fail(content: bytes | str) -> None:
    uploads = Uploads()
    uploads.put(SHEET, content if isinstance(content, bytes) else content.encode())
    (decision,) = uploads.decide(RULES, SHEET)
    assert isinstance(decision, Ready | Waiting | Refused)

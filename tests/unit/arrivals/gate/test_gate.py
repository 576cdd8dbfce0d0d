"""Bad files are refused before any machine starts, by a bounded part of them; good ones never."""

import gzip
import random
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headrace.arrivals import gate as gates
from headrace.arrivals.decisions import Member
from headrace.arrivals.documents import Content, ContentRule
from headrace.arrivals.gate import HEAD, TAIL, Gate
from headrace.runs.store import StoredObject
from tests.unit.arrivals.listing import Uploads

FASTQ = ContentRule(kind=Content.FASTQ)
RANDOM = random.Random(5)  # noqa: S311 - reads, not secrets


def reads(count: int, name: str = "read", mate: int = 1) -> bytes:
    """Return FASTQ text that does not compress to nothing."""
    lines = []
    for number in range(count):
        bases = "".join(RANDOM.choices("ACGT", k=100))
        lines.append(f"@{name}{number}/{mate} a comment\n{bases}\n+\n{'F' * 100}\n")
    return "".join(lines).encode()


def bgzf(text: bytes) -> bytes:
    """Return BGZF without its empty last block, as bcl2fastq2 writes it (SAM, section 4.1)."""
    blocks = []
    for start in range(0, len(text), 60_000):
        piece = text[start : start + 60_000]
        packer = zlib.compressobj(wbits=-15)
        body = packer.compress(piece) + packer.flush()
        head = struct.pack("<4BI2BH2BHH", 31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, len(body) + 25)
        blocks.append(head + body + struct.pack("<II", zlib.crc32(piece), len(piece)))
    return b"".join(blocks)


SMALL = gzip.compress(reads(3))
LARGE_TEXT = reads(6_000)
LARGE = gzip.compress(LARGE_TEXT)
BLOCKS = bgzf(LARGE_TEXT)
END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


class Bench(Uploads):
    """Uploads, and a gate that counts what it reads."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[int] = []
        self._read_part = self.store.read_part
        self.store.read_part = self._counted  # type: ignore[method-assign]
        self.gate = Gate(self.store)

    def _counted(self, stored: StoredObject, start: int, length: int) -> bytes:
        part = self._read_part(stored, start, length)
        self.parts.append(len(part))
        return part

    def refusals(self, rule: ContentRule, files: dict[str, bytes], mates: str = "") -> list[str]:
        members = []
        for name, content in files.items():
            fields = {"read": name.rpartition("_R")[2][:1], "rest": name.rpartition("_R")[0]}
            members.append(Member(self.put(name, content), fields))
        found = self.gate.objections(rule, tuple(members), (mates,) if mates else ())
        assert all(sentence.count("\n") == 0 for sentence in found.values())
        return list(found.values())


def refusal(content: bytes, name: str = "run/s_R1.fastq.gz", rule: ContentRule = FASTQ) -> str:
    return next(iter(Bench().refusals(rule, {name: content})), "")


@pytest.mark.parametrize(
    "content",
    [
        SMALL,
        LARGE,
        BLOCKS,
        BLOCKS + END,
        BLOCKS + LARGE,
        bgzf(reads(3)) + END,
        LARGE + SMALL,
        SMALL + LARGE,
        gzip.compress(b"@r\nACGT\n+\nFFFF"),
        gzip.compress(b"@r\r\nACGT\r\n+\r\nFFFF\r\n"),
        gzip.compress(b"@long\n" + b"A" * 500_000 + b"\n+\n" + b"F" * 500_000 + b"\n"),
    ],
    ids=range(11),
)
def test_good_reads_come_in(content: bytes) -> None:
    assert refusal(content) == ""


def test_plain_fastq_comes_in() -> None:
    assert refusal(reads(3), "run/s_R1.fastq") == ""


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "it is empty"),
        (gzip.compress(b""), "it holds no reads"),
        (b"@r\nACGT\n+\nFFFF\n", "looks like text that is not compressed"),
        (b"PK\x03\x04" + bytes(100), "looks like a zip archive"),
        (b"<html>no such page</html>", "looks like a web page"),
        (bytes(100), "it is no gzip file"),
        (SMALL[:-9], "its end is missing"),
        (SMALL[:-4] + b"\0\0\0\0", "it cannot be unpacked"),
        (SMALL[:40] + b"\0" + SMALL[41:], "it cannot be unpacked"),
        (BLOCKS[: -len(BLOCKS) // 5], "its end is missing"),
        (BLOCKS[:-1], "its end is missing"),
        (BLOCKS + b"rubbish", "its end is damaged"),
        (gzip.compress(b">seq\nACGT\n"), "begins with '>seq' and not with an @"),
        (gzip.compress(b"@r\nACGT\n+\nFFF\n@q\n"), "4 bases but 3 qualities"),
        (gzip.compress(b"@r\nACGT\n"), "ends within its first read"),
        (gzip.compress(b"@r\nAC GT\n+\nFFFFF\n"), "second line is no sequence"),
        (gzip.compress(b"@r\nACGT\nx\nFFFF\n"), "third line"),
        (gzip.compress(b"@r\nACGT\n+\nF\tFF\n"), "fourth line"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # gzip's bytes tell the time
)
def test_bad_reads_are_refused_with_a_sentence(content: bytes, complaint: str) -> None:
    assert complaint in refusal(content)


def test_most_cut_gzip_files_of_this_size_are_refused() -> None:
    """The last four bytes of a cut file are anything; of a whole one, a possible length."""
    assert HEAD + TAIL < len(LARGE) < 4 * 1024 * 1024
    cuts = [len(LARGE) * part // 60 for part in range(20, 60)]
    passed = [cut for cut in cuts if not refusal(LARGE[:cut])]
    assert len(passed) <= len(cuts) // 4


@pytest.mark.parametrize("content", [SMALL, LARGE, BLOCKS])
def test_at_most_two_parts_of_64_kib_are_read_once(content: bytes) -> None:
    bench = Bench()
    stored = bench.put("run/s_R1.fastq.gz", content)
    member = Member(stored, {})
    for _ in range(3):
        assert not bench.gate.objections(FASTQ, (member,))
    assert len(bench.parts) <= 2
    assert sum(bench.parts) == min(len(content), HEAD + TAIL)


def pair(first: bytes, second: bytes) -> list[str]:
    return Bench().refusals(
        FASTQ, {"run/s_R1.fastq.gz": first, "run/s_R2.fastq.gz": second}, mates="read"
    )


def test_mates_that_begin_with_the_same_read_are_a_pair() -> None:
    assert pair(SMALL, gzip.compress(reads(3, mate=2))) == []


def test_mates_of_different_reads_are_no_pair() -> None:
    (sentence,) = pair(SMALL, gzip.compress(reads(3, "other")))
    assert "'run/s_R2.fastq.gz' begins with the read 'other0'" in sentence
    assert "'run/s_R1.fastq.gz' with 'read0'" in sentence


def test_mates_of_very_different_size_are_no_pair() -> None:
    (sentence,) = pair(LARGE, SMALL)
    assert "one of them is not whole" in sentence


def test_mates_are_compared_only_with_their_own() -> None:
    files = {
        "run/a_R1.fastq.gz": gzip.compress(reads(2, "a")),
        "run/a_R2.fastq.gz": gzip.compress(reads(2, "a")),
        "run/b_R1.fastq.gz": gzip.compress(reads(2, "b")),
        "run/b_R2.fastq.gz": gzip.compress(reads(2, "b")),
    }
    assert Bench().refusals(FASTQ, files, mates="read") == []


def test_a_bad_mate_is_refused_for_itself_alone() -> None:
    (sentence,) = pair(SMALL, b"")
    assert "it is empty" in sentence


TABLE = ContentRule(kind=Content.TABLE, columns=("gene", "count"))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"Count\tGene\n1\tTP53\n", ""),
        (b"gene,count\n" + b"TP53,1\n" * 50_000, ""),
        (b"gene,cuont\nTP53,1\n", "no column 'count'; did you mean 'cuont'?"),
        (b"gene,count\n", "it has no rows"),
        (b"\n\n", "it is empty"),
        (b"gene,count\0\n1,2\n", "it is no text"),
        (b"\xff\xfe,count\n1,2\n", "UTF-8"),
        (b"x" * 200_000, "is it a table?"),
    ],
)
def test_tables_have_their_columns_and_rows(content: bytes, complaint: str) -> None:
    found = refusal(content, "t.csv", TABLE)
    assert complaint in found
    assert bool(found) == bool(complaint)


def test_gzip_is_looked_at_without_asking_what_is_in_it() -> None:
    rule = ContentRule(kind=Content.GZIP)
    assert refusal(gzip.compress(b"anything"), "x.gz", rule) == ""
    assert "its end is missing" in refusal(gzip.compress(b"anything")[:-3], "x.gz", rule)


def test_too_large_files_are_refused_unread() -> None:
    bench = Bench()
    rule = ContentRule(kind=Content.FILLED, max_gib=0.00001)
    (sentence,) = bench.refusals(rule, {"x": bytes(20_000)})
    assert "at most 1e-05 are permitted" in sentence
    assert bench.parts == []


def test_without_checks_nothing_is_read() -> None:
    bench = Bench()
    assert bench.refusals(ContentRule(kind=Content.NONE), {"x": b""}) == []
    assert bench.parts == []


def test_what_was_seen_is_forgotten_before_it_fills_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gates, "_REMEMBERED", 2)
    bench = Bench()
    for number in range(7):
        assert not bench.refusals(FASTQ, {f"run/{number}_R1.fastq.gz": SMALL})
    assert len(bench.gate._known) <= 2


def test_a_bomb_does_not_fill_the_memory() -> None:
    bomb = gzip.compress(bytes(200 * 1024 * 1024), 1)
    assert "begins with" in refusal(bomb) or "no FASTQ" in refusal(bomb)


@settings(max_examples=200)
@given(
    base=st.sampled_from([SMALL, reads(2), b"gene,count\n1,2\n", BLOCKS[:300]]),
    cut=st.integers(0, 400),
    noise=st.binary(max_size=20),
    kind=st.sampled_from(list(Content)),
)
def test_no_content_whatever_makes_the_gate_fail(
    base: bytes, cut: int, noise: bytes, kind: Content
) -> None:
    refusal(base[:cut] + noise + base[cut + 5 :], "x.gz", ContentRule(kind=kind))

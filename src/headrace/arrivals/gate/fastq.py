"""FASTQ files, compressed or not, by their first record."""

import re

from headrace.arrivals.gate import gzips
from headrace.arrivals.gate.sample import Sample
from headrace.errors import InputError

_LINES = 4
_BASES = re.compile(rb"[A-Za-z.*-]*\Z")
_QUALITIES = re.compile(rb"[!-~]*\Z")
_MATE = re.compile(rb"[/.][12]\Z")
_SHOWN = 30


def check(sample: Sample) -> bytes:
    """Return the name of the first read, without what tells mates apart.

    Raises:
        InputError: the file does not begin with a read, or is not whole if it is gzip.
    """
    lines, complete = _lines(sample)
    if not lines or not lines[0]:
        raise InputError("it holds no reads.")
    if not lines[0].startswith(b"@"):
        shown = lines[0][:_SHOWN].decode("latin-1")
        raise InputError(f"it is no FASTQ: it begins with {shown!r} and not with an @.")
    if complete and len(lines) < _LINES:
        raise InputError("it ends within its first read: upload it again, whole.")
    if len(lines) > 1 and not _BASES.match(lines[1]):
        raise InputError("it is no FASTQ: its second line is no sequence.")
    if len(lines) > 2 and not lines[2].startswith(b"+"):  # noqa: PLR2004 - the third line
        raise InputError("it is no FASTQ: its third line does not begin with a +.")
    if len(lines) >= _LINES and not _QUALITIES.match(lines[3]):
        raise InputError("it is no FASTQ: its fourth line holds no qualities.")
    if len(lines) > _LINES and len(lines[1]) != len(lines[3]):
        raise InputError(f"its first read has {len(lines[1])} bases but {len(lines[3])} qualities.")
    name = next(iter(lines[0][1:].split(maxsplit=1)), b"")
    return _MATE.sub(b"", name)


def _lines(sample: Sample) -> tuple[list[bytes], bool]:
    """Return the first lines, and whether they are all that there is of the file."""
    text = sample.head
    if text.startswith(gzips.MAGIC) or sample.object.uri.name.endswith(".gz"):
        gzips.check(sample)
        text = gzips.beginning(sample.head)
    lines = text.split(b"\n", _LINES)
    stripped = [line.rstrip(b"\r") for line in lines]
    return stripped, sample.whole

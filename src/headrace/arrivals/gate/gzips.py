"""Gzip files by their two ends (RFC 1952; BGZF: SAM specification, section 4.1).

A small file is unpacked whole, so that its checksum is proven. Of a larger one the end can be
judged only so far. BGZF blocks tell their length, so those in the tail must lead to the very end;
the empty block that should be there is not asked for, since bcl2fastq2 leaves it out
(github.com/statgen/fastQValidator/issues/5). A plain gzip ends in the length of its last part,
which is impossible in most but not in all cut files.
"""

import re
import zlib

from headrace.arrivals.gate.sample import Sample
from headrace.errors import InputError

MAGIC = b"\x1f\x8b\x08"

_BLOCK = re.compile(rb"\x1f\x8b\x08\x04.{6}\x06\x00BC\x02\x00(?P<length>..)", re.DOTALL)
"""The head of a BGZF block; its length counts all of it, less one."""

_GZIP = 16 + zlib.MAX_WBITS
_MAX_UNPACKED = 64 * 1024 * 1024
_MAX_RATIO = 1032
"""The most that deflate can shrink a file (zlib, "Technical Details")."""

_OTHERS = {
    b"PK\x03\x04": "a zip archive",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"\x28\xb5\x2f\xfd": "a Zstandard file",
    b"<": "a web page or XML",
    b"{": "JSON",
    b"@": "text that is not compressed",
    b">": "text that is not compressed",
}


def check(sample: Sample) -> None:
    """Raise `InputError` unless it is a whole gzip file, as far as its ends tell."""
    if not sample.head.startswith(MAGIC):
        kind = next((text for magic, text in _OTHERS.items() if sample.head.startswith(magic)), "")
        raise InputError(f"it is no gzip file{', but looks like ' + kind if kind else ''}.")
    if sample.whole:
        _unpack_whole(sample.head)
    elif _BLOCK.match(sample.head):
        _check_blocks(sample.tail)
    else:
        _check_length(sample)


def beginning(head: bytes) -> bytes:
    """Return what the head of a gzip file unpacks to, as far as it goes and at most 64 MiB.

    Raises:
        InputError: it is damaged.
    """
    text = bytearray()
    rest = head
    while rest and len(text) < _MAX_UNPACKED:
        unpacker = zlib.decompressobj(_GZIP)
        try:
            text += unpacker.decompress(rest, _MAX_UNPACKED - len(text))
        except zlib.error as error:
            raise InputError(f"it cannot be unpacked: {error}.") from error
        rest = unpacker.unused_data.lstrip(b"\0")
    return bytes(text)


def _unpack_whole(content: bytes) -> None:
    """Unpack all members of a small file, whose checksums are thereby proven."""
    rest, unpacked = content, 0
    while rest:
        unpacker = zlib.decompressobj(_GZIP)
        try:
            unpacked += len(unpacker.decompress(rest, _MAX_UNPACKED))
        except zlib.error as error:
            raise InputError(f"it cannot be unpacked: {error}.") from error
        if unpacked >= _MAX_UNPACKED:
            return  # a bomb, or a table of zeros: the tools will see
        if not unpacker.eof:
            raise InputError("its end is missing: upload it again, whole.")
        rest = unpacker.unused_data.lstrip(b"\0")


def _check_blocks(tail: bytes) -> None:
    """Follow the blocks of the tail to its end; a tail within one large block tells nothing."""
    block = _BLOCK.search(tail)
    while block is not None:
        end = block.start() + int.from_bytes(block["length"], "little") + 1
        if end > len(tail):
            raise InputError("its end is missing: upload it again, whole.")
        block = _BLOCK.match(tail, end)
        if block is None and end < len(tail) and not tail.startswith(MAGIC, end):
            raise InputError("its end is damaged: upload it again, whole.")


def _check_length(sample: Sample) -> None:
    """Compare the length in the last four bytes with what the file could unpack to.

    The last part may be shorter than the file, since gzip files may be joined; if no part begins
    within the tail, it is at least as long as that. Lengths are counted modulo 4 GiB.
    """
    length = int.from_bytes(sample.tail[-4:], "little")
    most = sample.object.size * _MAX_RATIO
    least = 0 if MAGIC in sample.tail else len(sample.tail) // 2
    if most < 2**32 and not least <= length <= most:
        raise InputError(
            f"its end is missing or damaged (it claims to unpack to {length} bytes): "
            "upload it again, whole."
        )

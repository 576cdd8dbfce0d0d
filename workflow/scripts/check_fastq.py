"""Say whether the FASTQ files of one unit can be used, and why not.

Streams every file once: gzip integrity, the structure of each record, names and number of the
mates. A file that cannot be used is a result, not a failure of this program: it ends with 0 and
writes `{"unit", "usable", "problem", "files": [{"name", "reads", "bases"}]}`.
"""

import argparse
import gzip
import io
import json
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import chain, islice, zip_longest
from pathlib import Path

GZIP_MAGIC = b"\x1f\x8b"
LONGEST_NAME = 254  # of a read, in SAM
BUFFER_BYTES = 1 << 20
BATCH_READS = 4096
_AT, _SPACE = b"@ "
_MATES = (b"/1", b"/2")
_QUALITIES = bytes(range(ord("!"), ord("~") + 1))
_BASES = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.*-"


class UnusableError(Exception):
    """A FASTQ file or a pair of them cannot be used; the message is a sentence for people."""


@dataclass
class Fastq:
    """What one file was found to hold; counts grow while it is read."""

    name: str
    reads: int = 0
    bases: int = 0


@dataclass(frozen=True)
class UnitCheck:
    """The outcome for all files of one unit."""

    unit: str
    usable: bool
    problem: str | None
    files: tuple[Fastq, ...]


def check_unit(unit: str, paths: Sequence[Path]) -> UnitCheck:
    """Check one file (single-end) or two (mates)."""
    files = tuple(Fastq(path.name) for path in paths)
    try:
        for path in paths:
            _check_magic(path)
        _check_records(paths, files)
    except UnusableError as problem:
        return UnitCheck(unit, usable=False, problem=str(problem), files=files)
    return UnitCheck(unit, usable=True, problem=None, files=files)


def _check_magic(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(len(GZIP_MAGIC))
    if not start:
        raise UnusableError(f"{path.name} is empty (0 bytes); upload it again.")
    if start != GZIP_MAGIC:
        raise UnusableError(
            f"{path.name} is not gzip-compressed (it begins with {start!r}); compress it with gzip."
        )


def _check_records(paths: Sequence[Path], files: Sequence[Fastq]) -> None:
    streams = [_names(path, file) for path, file in zip(paths, files, strict=True)]
    for names in zip_longest(*streams):
        if names.count(names[0]) == len(names):
            continue
        if None in names:
            for stream in streams:
                _count_the_rest(stream)
            first, second = files
            raise UnusableError(
                f"{first.name} has {first.reads:,} reads but {second.name} has {second.reads:,}; "
                f"both must hold the same pairs."
            )
        shown = " and ".join(name.decode("ascii", "replace") for name in names)
        raise UnusableError(
            f"{files[0].name} and {files[1].name} do not hold the same pairs: "
            f"read {files[0].reads:,} is named {shown}."
        )
    for file in files:
        if file.reads == 0:
            raise UnusableError(f"{file.name} holds no reads.")


def _count_the_rest(stream: Iterator[bytes]) -> None:
    for _ in stream:
        pass


def _names(path: Path, file: Fastq) -> Iterator[bytes]:
    """The name of each read, without mate number and comment, as the file is read."""
    try:
        with gzip.open(path) as unpacked:
            # Bytes in memory hand out lines several times faster than GzipFile does.
            pieces = iter(partial(unpacked.read, BUFFER_BYTES), b"")
            memory = (io.BytesIO(piece + unpacked.readline()) for piece in pieces)
            yield from _parse(chain.from_iterable(memory), file)
    except EOFError as error:
        raise UnusableError(
            f"{file.name} is cut short: its gzip data end too early; upload it again."
        ) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise UnusableError(
            f"{file.name} is damaged: its gzip data contradict themselves; upload it again."
        ) from error


def _parse(lines: Iterable[bytes], file: Fastq) -> Iterator[bytes]:
    line = iter(lines)
    while batch := list(islice(line, 4 * BATCH_READS)):
        headers, bases, pluses, qualities = (batch[number::4] for number in range(4))
        records: Iterable[tuple[bytes, bytes]] = zip(headers, bases, strict=False)
        if not _are_plain(headers, bases, pluses, qualities):
            records = _checked(zip_longest(headers, bases, pluses, qualities, fillvalue=b""), file)
        for header, letters in records:
            file.reads += 1
            file.bases += len(letters.rstrip(b"\n"))
            yield _name(header)


def _checked(
    records: Iterable[tuple[bytes, bytes, bytes, bytes]], file: Fastq
) -> Iterator[tuple[bytes, bytes]]:
    """Yield header and bases of each record, up to the first that has a fault."""
    for record in records:
        fault = _fault(*record)
        if fault is not None:
            raise UnusableError(f"{file.name} is no FASTQ: in record {file.reads + 1:,} {fault}.")
        yield record[0], record[1]


def _are_plain(
    headers: list[bytes], bases: list[bytes], pluses: list[bytes], qualities: list[bytes]
) -> bool:
    """Tell, much faster than record by record, whether no record of a batch can have a fault.

    What it doubts may still be right.
    """
    names = b"".join(headers)
    return (
        len(headers) == len(qualities)
        and all(header[0] == _AT and header[1] > _SPACE for header in headers)
        and max(map(len, headers)) <= LONGEST_NAME
        and names.isascii()
        and b"\r" not in names
        and set(pluses) == {b"+\n"}
        and not b"".join(bases).translate(None, _BASES + b"\n")
        and not b"".join(qualities).translate(None, _QUALITIES + b"\n")
        and [*map(len, bases)] == [*map(len, qualities)]
    )


def _fault(header: bytes, bases: bytes, plus: bytes, qualities: bytes) -> str | None:
    if not qualities:
        return "lines are missing"
    bases, qualities = bases.rstrip(b"\n"), qualities.rstrip(b"\n")
    fault = None
    if header[:1] != b"@":
        fault = "the first line does not begin with '@'"
    elif header.endswith(b"\r\n") or qualities.endswith(b"\r"):
        fault = "the lines end as on Windows (CR LF), which dos2unix mends"
    elif not 0 < len(_name(header)) <= LONGEST_NAME or not header.isascii():
        fault = f"the name is empty, longer than {LONGEST_NAME} characters or not ASCII"
    elif plus.rstrip(b"\n") not in (b"+", b"+" + header[1:].rstrip(b"\n")):
        fault = "the third line is neither '+' nor '+' with the read's name"
    elif bases.translate(None, _BASES):
        fault = "the bases hold something else than letters"
    elif qualities.translate(None, _QUALITIES):
        fault = "the qualities hold something else than printable ASCII"
    elif len(bases) != len(qualities):
        fault = f"there are {len(bases)} bases but {len(qualities)} qualities"
    return fault


def _name(header: bytes) -> bytes:
    words = header.split(None, 1)
    name = words[0][1:] if words else b""
    return name[:-2] if name[-2:] in _MATES else name


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Check the FASTQ files of one unit.")
    parser.add_argument("--unit", required=True, help="name of the unit")
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write")
    parser.add_argument("--problem", type=Path, help="text file that says why unpacking failed")
    parser.add_argument("fastq", type=Path, nargs="+", help="one file, or two with mates")
    options = parser.parse_args(arguments)
    problem = options.problem.read_text().strip() if options.problem else ""
    if problem:
        files = tuple(Fastq(path.name) for path in options.fastq)
        outcome = UnitCheck(options.unit, usable=False, problem=problem, files=files)
    else:
        outcome = check_unit(options.unit, options.fastq)
    options.out.write_text(json.dumps(asdict(outcome), indent=2) + "\n")
    print(outcome.problem or f"{options.unit} is usable.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Tables that people upload: CSV or TSV, in any order of columns, from any spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from headrace import records
from headrace.errors import InputError

_DELIMITERS = "\t,;"
_BOM = "\ufeff"


@dataclass(frozen=True)
class Row:
    """A row: the line it begins on, counted from 1, and its cells by heading, in small letters."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """A table with a line of headings; empty rows are left out."""

    headings: tuple[str, ...]
    rows: tuple[Row, ...]

    def check(self, wanted: Iterable[str]) -> None:
        """Raise `InputError` unless all these columns are there; capitals do not matter."""
        for heading in wanted:
            if heading.lower() not in self.headings:
                raise InputError(
                    f"it has no column '{heading}'{records.nearest(heading.lower(), self.headings)}"
                )


def parse(content: bytes) -> Table:
    """Read a whole table; raises `InputError` with the line that is wrong."""
    text = io.StringIO(_text(content), newline="")
    lines = csv.reader(text, delimiter=_delimiter(content), strict=True)
    headings: tuple[str, ...] | None = None
    rows = []
    try:
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if headings is None:
                headings = _headings(cells)
            else:
                rows.append(Row(lines.line_num, _cells(headings, cells, lines.line_num)))
    except csv.Error as error:
        raise InputError(f"its line {lines.line_num} is not CSV or TSV: {error}.") from error
    if headings is None:
        raise InputError("it is empty.")
    return Table(headings, tuple(rows))


def headings(beginning: bytes) -> Table:
    """Read only the headings, from the beginning of a table that may be large."""
    first = next((line for line in beginning.splitlines() if line.strip()), b"")
    return parse(first)


def _text(content: bytes) -> str:
    try:
        return content.decode().removeprefix(_BOM)
    except UnicodeDecodeError as error:
        raise InputError("it is not text in UTF-8: save it as CSV UTF-8.") from error


def _delimiter(content: bytes) -> str:
    """Return the delimiter that the first line holds most of; a tab wins over the others."""
    first = next((line for line in content.splitlines() if line.strip()), b"").decode("latin-1")
    if "\t" in first:
        return "\t"
    return max(_DELIMITERS, key=first.count) if any(d in first for d in _DELIMITERS) else ","


def _headings(cells: Sequence[str]) -> tuple[str, ...]:
    found = [cell.strip().lower() for cell in cells]
    while found and not found[-1]:
        found.pop()
    for heading in found:
        if not heading:
            raise InputError("it has a column without a heading.")
        if found.count(heading) > 1:
            raise InputError(f"it has two columns '{heading}'.")
    return tuple(found)


def _cells(headings: Sequence[str], cells: Sequence[str], line: int) -> dict[str, str]:
    if any(cell.strip() for cell in cells[len(headings) :]):
        raise InputError(f"its line {line} has more cells than there are headings.")
    filled = [*(cell.strip() for cell in cells), *([""] * len(headings))]
    return dict(zip(headings, filled, strict=False))

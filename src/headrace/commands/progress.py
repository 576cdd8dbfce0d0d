"""Progress while a person waits: a live table on a terminal, a line per change elsewhere."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from headrace.commands import output

if TYPE_CHECKING:
    from rich.live import Live


class Progress(Protocol):
    """A place where rows are shown, again and again."""

    def show(self, rows: Sequence[Sequence[str]]) -> None:
        """Show the rows as they are now."""


@contextmanager
def display(columns: Sequence[str], passing: str = "") -> Iterator[Progress]:
    """Open the kind of progress that fits standard output.

    A change in the column `passing`, which changes all the time, is not worth a line.
    """
    if not output.on_terminal():
        yield _Lines(columns.index(passing) if passing else len(columns))
        return
    from rich.live import Live  # noqa: PLC0415 - not on every machine

    with Live(auto_refresh=False) as live:
        yield _LiveTable(live, columns)


class _Lines:
    """Writes a row when it differs from what was written last about its first cell."""

    def __init__(self, passing: int) -> None:
        self._passing = passing
        self._shown: dict[str, list[str]] = {}

    def show(self, rows: Sequence[Sequence[str]]) -> None:
        """See `Progress.show`."""
        for row in rows:
            lasting = [*row[: self._passing], *row[self._passing + 1 :]]
            if self._shown.get(row[0]) != lasting:
                self._shown[row[0]] = lasting
                output.say("\t".join(row))


class _LiveTable:
    """Draws the table over itself."""

    def __init__(self, live: "Live", columns: Sequence[str]) -> None:
        self._live = live
        self._columns = columns

    def show(self, rows: Sequence[Sequence[str]]) -> None:
        """See `Progress.show`."""
        self._live.update(output.table(self._columns, rows), refresh=True)

"""How the command line speaks: tables and colours on a terminal, plain lines elsewhere.

rich is loaded only where it is used: the function's machine does not have it.
"""

import sys
from collections.abc import Sequence
from typing import Any

_STYLES = {
    "succeeded": "green",
    "failed": "red",
    "running": "cyan",
    "PASS": "green",
    "WARN": "yellow",
    "FAIL": "red",
}

_WHOLE = {"run", "state", "sample", "rule"}
"""Columns that are never broken: they are read at a glance, or copied."""


def say(text: str = "") -> None:
    """Write a line."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def on_terminal() -> bool:
    """Whether a person is watching."""
    return sys.stdout.isatty()


def show_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Show a table, or tab-separated lines where no person is watching."""
    if on_terminal():
        from rich.console import Console  # noqa: PLC0415 - see above

        Console().print(table(columns, rows))
        return
    for row in (columns, *rows):
        say("\t".join(row))


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Any:
    """Return a rich table; cells that are a state or a verdict are coloured."""
    from rich.table import Table  # noqa: PLC0415 - see above
    from rich.text import Text  # noqa: PLC0415

    made = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for number, column in enumerate(columns):
        width = max((len(row[number]) for row in rows), default=0) if column in _WHOLE else 0
        made.add_column(column, overflow="fold", min_width=max(width, len(column)))
    for row in rows:
        made.add_row(*(Text(cell, style=_STYLES.get(cell, "")) for cell in row))
    return made

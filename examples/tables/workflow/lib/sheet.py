"""The sheet: one row per table, its name and its file."""

import csv
from pathlib import Path

from .checking import InputError, check, load_schema


def read_sheet(path: Path) -> dict[str, str]:
    """Return the files by the names of their tables, in the sheet's order.

    Raises:
        InputError: the sheet cannot be read, has no rows, or a row does not fit its schema.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, dialect="excel-tab"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error}).") from error
    schema = load_schema("tables")
    tables: dict[str, str] = {}
    for line, row in enumerate(rows, start=2):
        check(row, schema, f"{path}, line {line}")
        if row["table"] in tables:
            raise InputError(f"{path}, line {line}: the table '{row['table']}' is there twice.")
        tables[row["table"]] = row["file"]
    if not tables:
        raise InputError(f"{path}: the sheet has no rows; add one per table.")
    return tables

"""The workflow's questions to tables, in SQL as DuckDB speaks it (https://duckdb.org/docs).

All names come from the configuration, whose schema holds them to letters, digits and underscores;
the file's own name reaches a query by the environment variable TABLE only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

Column = Mapping[str, Any]
Columns = Mapping[str, Column]

READERS = {
    ".csv": "read_csv(getenv('TABLE'), all_varchar = true, header = true)",
    ".parquet": "read_parquet(getenv('TABLE'))",
}
"""How a table is read, by the ending of its name; of a CSV file, everything is text at first."""


@dataclass(frozen=True)
class Questions:
    """The queries about one kind of table.

    Attributes:
        columns: by name, `type` (of DuckDB), `required`, and for numbers `min` and `max`.
        key: the columns that tell rows apart.
    """

    columns: Columns
    key: Sequence[str]

    def faults(self, file: str) -> str:
        """Count rows, cells, and what is wrong with them: one row of numbers.

        A column that the file does not have is missing in every row.
        """
        counts = {
            "rows": "count(*)",
            "cells": f"count(*) * {len(self.columns)}",
            "missing": _sum(
                _missing(name) for name, column in self.columns.items() if column["required"]
            ),
            "malformed": _sum(_malformed(name, column) for name, column in self.columns.items()),
            "out_of_range": _sum(_outside(name, column) for name, column in self.columns.items()),
            "duplicates": f"count(*) - count(DISTINCT ({', '.join(self.key)}))",
        }
        listed = ", ".join(f"{count} AS {name}" for name, count in counts.items())
        return f"WITH delivered AS ({self._delivered(file)}) SELECT {listed} FROM delivered"  # noqa: S608 - names from the schema's allow-list

    def clean(self, file: str) -> str:
        """Select the rows without a fault, each once, with their columns' types."""
        typed = ", ".join(f"{_typed(name, one)} AS {name}" for name, one in self.columns.items())
        right = " AND ".join(_right(name, column) for name, column in self.columns.items())
        order = ", ".join(self.key)
        return (
            f"WITH delivered AS ({self._delivered(file)}) "  # noqa: S608 - as above
            f"SELECT DISTINCT {typed} FROM delivered WHERE {right} ORDER BY {order}"
        )

    def none(self) -> str:
        """Select no row, of the same columns."""
        columns = ", ".join(f"NULL::{one['type']} AS {name}" for name, one in self.columns.items())
        return f"SELECT {columns} LIMIT 0"

    def summary(self, files: Iterable[str]) -> str:
        """Describe the numbers of each clean table: rows, and mean, least and largest value."""
        figures = ["count(*) AS rows"]
        for name in self._numbers():
            figures += [
                f"round(avg({name}), 2) AS {name}_mean",
                f"round(min({name}), 2) AS {name}_min",
                f"round(max({name}), 2) AS {name}_max",
            ]
        return (
            f"SELECT {_TABLE} AS sample, {', '.join(figures)} "  # noqa: S608 - as above
            f"FROM {_clean_tables(files)} GROUP BY 1 ORDER BY 1"
        )

    def curve(self, files: Iterable[str], value: str, over: str, of: str) -> str:
        """Average a number over the parts of a time, such as the hours of a day."""
        return (
            f"SELECT {_TABLE} AS sample, date_part('{over}', {of})::INTEGER AS x, "  # noqa: S608 - as above
            f"round(avg({value}), 2) AS y FROM {_clean_tables(files)} GROUP BY ALL ORDER BY 1, 2"
        )

    def _delivered(self, file: str) -> str:
        """Select the file as it came, with text in all known columns, also those it lacks."""
        known = ", ".join(f"NULL::VARCHAR AS {name}" for name in self.columns)
        texts = ", ".join(f"trim({name}::VARCHAR) AS {name}" for name in self.columns)
        reader = READERS[PurePath(file).suffix]
        return (
            f"SELECT {texts} FROM ((SELECT {known} LIMIT 0) "  # noqa: S608 - as above
            f"UNION ALL BY NAME SELECT * FROM {reader})"
        )

    def _numbers(self) -> list[str]:
        return [name for name, one in self.columns.items() if one["type"] in {"DOUBLE", "BIGINT"}]


_TABLE = "parse_filename(filename, true)"


def _clean_tables(files: Iterable[str]) -> str:
    names = ", ".join(f"'{file}'" for file in files)
    return f"read_parquet([{names}], filename = true)"


def _sum(conditions: Iterable[str]) -> str:
    """Count the cells for which a condition holds, over all columns."""
    counts = [f"count(*) FILTER ({condition})" for condition in conditions]
    return " + ".join(counts) or "0"


def _missing(name: str) -> str:
    return f"coalesce({name}, '') = ''"


def _typed(name: str, column: Column) -> str:
    return f"TRY_CAST(nullif({name}, '') AS {column['type']})"


def _malformed(name: str, column: Column) -> str:
    return f"coalesce({name}, '') <> '' AND {_typed(name, column)} IS NULL"


def _outside(name: str, column: Column) -> str:
    value = _typed(name, column)
    limits = [f"{value} < {column['min']}"] if "min" in column else []
    limits += [f"{value} > {column['max']}"] if "max" in column else []
    return " OR ".join(limits) or "false"


def _right(name: str, column: Column) -> str:
    wrong = [_malformed(name, column), _outside(name, column)]
    wrong += [_missing(name)] if column["required"] else []
    return " AND ".join(f"NOT coalesce({one}, false)" for one in wrong)

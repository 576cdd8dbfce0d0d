"""Turn counted faults into the metrics of one table, as `gates.py` reads them."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SHARES = {
    "missing": "cells",
    "malformed": "cells",
    "out_of_range": "cells",
    "duplicates": "rows",
}
"""Which faults are told as percentages, and of what."""


def metrics(faults: Mapping[str, int], kept: int) -> dict[str, float | int | None]:
    """Return rows, and each fault in %; None where there is nothing to take a share of."""
    found: dict[str, float | int | None] = {"rows": faults["rows"]}
    found |= {name: _percent(faults[name], faults[whole]) for name, whole in SHARES.items()}
    return {**found, "kept": _percent(kept, faults["rows"])}


def document(
    table: str,
    faults: Sequence[Mapping[str, int]],
    problem: str,
    summary: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Return the document of one table; one that cannot be read has a problem, and no metrics."""
    kept = next((row["rows"] for row in summary if row["sample"] == table), 0)
    return {
        "sample": table,
        "problems": [f"The file cannot be read: {problem}"] if problem else [],
        "metrics": metrics(faults[0], kept) if faults else {},
        "software": {},
    }


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Turn counted faults into metrics.")
    parser.add_argument("--table", required=True, help="its name")
    for name in ("faults", "problem", "summary", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    options = parser.parse_args(arguments)
    made = document(
        options.table,
        json.loads(options.faults.read_text()),
        options.problem.read_text().strip(),
        json.loads(options.summary.read_text() or "[]"),
    )
    options.out.write_text(json.dumps(made, indent=2) + "\n")
    print(options.table, *made["problems"], made["metrics"])
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Write the summary of all tables, and their curve, as MultiQC custom content.

File names and keys follow https://docs.seqera.io/multiqc/custom_content.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Rows = Sequence[Mapping[str, Any]]


def summary_section(rows: Rows) -> dict[str, Any]:
    """Show a row of figures for each table."""
    return {
        "id": "summary",
        "section_name": "Summary",
        "description": "The clean rows of each table.",
        "plot_type": "table",
        "pconfig": {"id": "summary_table", "title": "Summary", "col1_header": "Table"},
        "data": {
            row["sample"]: {key: value for key, value in row.items() if key != "sample"}
            for row in rows
        },
    }


def curve_section(rows: Rows, of: Mapping[str, str]) -> dict[str, Any]:
    """Draw a line for each table: pairs, as keys of JSON are texts and would be sorted as such."""
    lines: dict[str, list[tuple[int, float]]] = {}
    for row in rows:
        lines.setdefault(row["sample"], []).append((row["x"], row["y"]))
    title = f"Mean {of['value']} by {of['over']}"
    return {
        "id": "curve",
        "section_name": title,
        "description": f"Clean rows, by the {of['over']} of {of['of']}.",
        "plot_type": "linegraph",
        "pconfig": {"id": "curve_plot", "title": title, "xlab": of["over"], "ylab": of["value"]},
        "data": lines,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Write sections of the report.")
    parser.add_argument("--curve-of", type=json.loads, required=True, help="settings as JSON")
    for name in ("summary", "curve", "summary-out", "curve-out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    options = parser.parse_args(arguments)
    summary, curve = (_rows(path) for path in (options.summary, options.curve))
    options.summary_out.write_text(json.dumps(summary_section(summary), indent=2) + "\n")
    options.curve_out.write_text(json.dumps(curve_section(curve, options.curve_of), indent=2))
    return 0


def _rows(path: Path) -> Rows:
    """Read rows as DuckDB writes them: no row is no text at all."""
    rows: Rows = json.loads(path.read_text() or "[]")
    return rows


if __name__ == "__main__":
    sys.exit(main())

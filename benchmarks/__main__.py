"""Measure everything, and write it down: `make bench`, or with QUICK=1 in minutes.

The figures go to benchmarks/results.json, and as tables and plots to docs/performance.md; those of
a quick run to build/bench only.
"""

import argparse
import signal
import sys
from pathlib import Path

from rich.console import Console

from benchmarks import page, results
from benchmarks.goals import key_figures
from benchmarks.results import Figures, Results, Way
from benchmarks.sizes import FULL, QUICK
from benchmarks.suite import Part, Suite
from examples.local import REPOSITORY

QUICK_FOLDER = REPOSITORY / "build" / "bench"


def main() -> int:
    """Run the suite; answers 1 if something could not be measured."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true", help="small sizes, and nothing published")
    parser.add_argument(
        "--only", choices=list(Part), nargs="*", help="measure these parts anew, keep the others"
    )
    parser.add_argument(
        "--ways", choices=[way.name.lower() for way in Way], nargs="+", help="and of those these"
    )
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that heads and clouds are stopped
    console = Console(stderr=True)
    place = QUICK_FOLDER if options.quick else REPOSITORY / "benchmarks"
    place.mkdir(parents=True, exist_ok=True)
    document = place / "results.json"
    anew = options.only is None or not document.exists()
    kept = None if anew else results.read(document).figures
    suite = Suite(
        QUICK if options.quick else FULL,
        kept,
        tell=lambda text: console.print(f"[bold]{text}[/bold]"),
        keep=lambda figures: _keep(figures, document),
    )
    if options.only != []:
        ways = [Way[name.upper()] for name in options.ways or ()]
        suite.measure(options.only or list(Part), ways or list(Way))
    found = results.read(document)
    docs = QUICK_FOLDER if options.quick else REPOSITORY / "docs"
    page.write(found, docs)
    console.print(f"{document.relative_to(REPOSITORY)}, {docs / page.NAME}")
    for problem in found.figures.problems:
        console.print(f"Not measured: {problem.text}", style="red")
    return 1 if found.figures.problems else 0


def _keep(figures: Figures, document: Path) -> None:
    results.write(Results(key_figures=key_figures(figures), figures=figures), document)


if __name__ == "__main__":
    sys.exit(main())

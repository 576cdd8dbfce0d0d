"""The table of Snakemake's features in docs/executor.md, against Snakemake itself."""

import argparse
import inspect
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
import snakemake.io
import snakemake.ioflags
import snakemake.parser
from snakemake.cli import get_argument_parser

PAGE = Path(__file__).parents[3] / "docs" / "executor.md"
GROUPS = {
    "EXECUTION",
    "GROUPING",
    "BEHAVIOR",
    "REMOTE EXECUTION",
    "SOFTWARE DEPLOYMENT",
    "CONDA",
    "APPTAINER/SINGULARITY",
    "ENVIRONMENT MODULES",
    "DEPRECATED",
}
"""The groups of options that say which jobs run, and how and where; the others look and report."""


def rows(heading: str) -> set[str]:
    """Return the names in the first column of the table below a heading."""
    section = PAGE.read_text().split(f"\n### {heading}\n")[1].split("\n#")[0]
    firsts = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {name for cell in firsts for name in re.findall(r"`([^`]+)`", cell)}


def options() -> Iterable[str]:
    for group in get_argument_parser()._action_groups:
        if group.title in GROUPS:
            yield from map(long_name, group._group_actions)


def long_name(action: argparse.Action) -> str:
    names = [name for name in action.option_strings if name.startswith("--")]
    return names[0] if names else f"--{action.dest}"


def flags() -> set[str]:
    """Return the functions that mark files: those whose code sets a flag."""
    return {
        name
        for module in (snakemake.io, snakemake.ioflags)
        for name, function in vars(module).items()
        if inspect.isfunction(function) and not name.startswith("_")
        if function.__module__ == module.__name__
        if re.search(r"\breturn flag\(|\bflag\(\n|value = flag\(", inspect.getsource(function))
    }


@pytest.mark.parametrize(
    ("heading", "automaton"),
    [
        ("Keywords of a rule", snakemake.parser.Rule),
        ("Keywords of a workflow", snakemake.parser.Python),
        ("Keywords of a module", snakemake.parser.Module),
    ],
)
def test_every_keyword_has_a_row_and_no_row_is_of_the_past(
    heading: str, automaton: type[snakemake.parser.TokenAutomaton]
) -> None:
    assert rows(heading) == set(automaton.subautomata)


def test_every_flag_has_a_row() -> None:
    assert {"temp", "pipe", "ensure", "update"} <= flags(), "the search finds flags"
    assert flags() <= rows("Flags of files")


def test_every_option_that_touches_jobs_has_a_row() -> None:
    missing = set(options()) - rows("Options of the command line")
    assert not missing


def test_no_option_in_the_table_is_of_the_past() -> None:
    known = {
        name
        for group in get_argument_parser()._action_groups
        for action in group._group_actions
        for name in [*action.option_strings, long_name(action)]
    }
    assert rows("Options of the command line") <= known

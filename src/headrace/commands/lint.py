"""`headrace lint`: what usually goes wrong in a rule, before it does."""

import os
from collections.abc import Sequence
from pathlib import Path

from headrace.commands import output
from headrace.commands.topics import Topics
from headrace.records import encode_json
from headrace.rules import lint as linting
from headrace.rules import reading
from headrace.rules.lint import Finding


def add(topics: Topics) -> None:
    """Add `headrace lint`."""
    command = topics.add_parser("lint", help="what usually goes wrong in a workflow's rules")
    command.add_argument(
        "snakefile", nargs="?", type=Path, metavar="SNAKEFILE", help="workflow/Snakefile if none"
    )
    command.add_argument("--configfile", nargs="*", type=Path, default=[], metavar="FILE")
    command.add_argument("--json", action="store_true", help="findings as JSON")
    command.set_defaults(
        command=lambda options: lint(options.snakefile, options.configfile, as_json=options.json)
    )


def lint(snakefile: Path | None, configfiles: Sequence[Path], *, as_json: bool = False) -> int:
    """Show what is to be mended, one line each; 1 if there is anything.

    Raises:
        InputError: Snakemake cannot read the workflow.
    """
    rules = reading.read(snakefile, configfiles).rules
    sources = {file: Path(file).read_text(encoding="utf-8") for file in {r.file for r in rules}}
    found = linting.lint(rules, sources, lambda path: Path(path).exists())
    if as_json:
        output.say(encode_json(found).decode().rstrip())
        return int(bool(found))
    for finding in found:
        output.say(_line(finding))
    verdict = f"{len(found)} to mend." if found else "Nothing to mend."
    output.say(f"{len(rules)} rules looked at. {verdict}")
    return int(bool(found))


def _line(finding: Finding) -> str:
    place = f"{os.path.relpath(finding.file)}:{finding.line}"
    return f"{place}: {finding.code.value}: rule {finding.rule} {finding.sentence}"

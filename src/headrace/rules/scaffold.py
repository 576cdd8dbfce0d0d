"""The text of a new rule, its test, and its word of configuration: pure.

A new rule makes one table for the report, as MultiQC's custom content
(https://docs.seqera.io/multiqc/custom_content): a file NAME_mqc.tsv of tab-separated columns with a
heading, whose first column names the rows.
"""

import re
from dataclasses import dataclass

from headrace.errors import InputError

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:-]*(?:@sha256:[0-9a-f]{64})?")

_EXTRAS = re.compile(r"^extras:[ ]*\[(?P<names>[^\]]*)\]", re.MULTILINE)

_RULE = '''\
# {title}: one table for the report, over all units.
# Adding it to REPORTED is what makes it part of a run.
REPORTED.append("results/{name}/{name}_mqc.tsv")


rule {name}:
    input:
        reads=expand("results/trimmed/{{unit}}_R1.fastq.gz", unit=UNITS),
    output:
        "results/{name}/{name}_mqc.tsv",
    log:
        "logs/{name}.log",
    benchmark:
        "benchmarks/{name}.tsv"
    container:
        "docker://{image}"
    threads: 1
    resources:
        mem_mb=1000,
        disk_mb=10000,
        runtime=30,
    shell:
        """
        exec 2>{{log:q}}
        {command}
        """
'''

_COMMAND = r"""# Your tool's command in place of these lines: a heading, then a row for each file.
        printf 'file\\tbytes\\n' >{output:q}
        for file in {input.reads:q}; do
            printf '%s\\t%s\\n' "$(basename "$file")" "$(wc -c <"$file")" >>{output:q}
        done"""

_TEST = '''\
"""The rule {name}: it is planned, shown in the report, and ready for other machines."""

from tests.rules.project import Project


def test_{name}_makes_a_table_of_the_report(project: Project) -> None:
    planned = project.planned("report/multiqc.html")
    assert "rule {name}:" in planned
    assert "results/{name}/{name}_mqc.tsv" in planned


def test_{name}_has_nothing_to_mend(project: Project) -> None:
    assert project.findings("{name}") == []
'''


@dataclass(frozen=True)
class NewRule:
    """A rule to be: `command` is the shell command, indented as it is; empty for an example."""

    name: str
    image: str
    command: str = ""

    def __post_init__(self) -> None:
        """Raise `InputError` unless name and image can stand in a Snakefile."""
        if not NAME.fullmatch(self.name):
            raise InputError(
                f"'{self.name}' cannot be a rule's name: write up to 40 of a-z 0-9 _, "
                "a letter first."
            )
        if not IMAGE.fullmatch(self.image):
            raise InputError(
                f"'{self.image}' is no container image: write REGISTRY/NAME:TAG@sha256:DIGEST."
            )


def rule_text(new: NewRule) -> str:
    """Return the file of rules."""
    return _RULE.format(
        name=new.name,
        title=new.name.replace("_", " ").capitalize(),
        image=new.image,
        command=new.command or _COMMAND,
    )


def test_text(new: NewRule) -> str:
    """Return the file of tests."""
    return _TEST.format(name=new.name)


def configured(configuration: str, name: str) -> str:
    """Return the configuration's text with the rule among its `extras`; comments stay.

    Raises:
        InputError: it has no such list in one line, or names the rule already.
    """
    found = _EXTRAS.search(configuration)
    if found is None:
        raise InputError("The configuration has no line 'extras: […]': add 'extras: []' to it.")
    names = [word.strip() for word in found["names"].split(",") if word.strip()]
    if name in names:
        raise InputError(f"The configuration's extras name '{name}' already.")
    line = f"extras: [{', '.join([*names, name])}]"
    return configuration[: found.start()] + line + configuration[found.end() :]

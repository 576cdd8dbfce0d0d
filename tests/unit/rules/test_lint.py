"""What the linter finds in a rule, and where it points."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from headrace.rules.lint import Code, Finding, lint
from headrace.rules.model import Kind, Rule

DIGEST = "@sha256:" + "0" * 64
SCRIPT = "workflow/scripts/count.py"
GOOD = Rule(
    name="count",
    file="rules/count.smk",
    line=3,
    kind=Kind.SHELL,
    local=False,
    image=f"quay.io/biocontainers/seqkit:2.13.0{DIGEST}",
    inputs=("results/trimmed/{unit}.fastq.gz",),
    outputs=("results/count/{unit,[a-z]+}.tsv",),
    logs=("logs/count/{unit,[a-z]+}.log",),
    command="seqkit stats {input:q} >{output:q} 2>{log:q}",
    carried=(),
)
SOURCE = """\
# Counts reads.

rule count:
    input:
        "results/trimmed/{unit}.fastq.gz",
    output:
        "results/count/{unit}.tsv",
    container:
        "docker://quay.io/biocontainers/seqkit"
    shell:
        "seqkit stats {input:q} >{output:q} 2>{log:q}"


rule another:
    container:
        "docker://other"
"""


@dataclass(frozen=True)
class Wrong:
    """What is wrong with the good rule, and what is to be found."""

    code: Code
    changes: dict[str, Any]
    line: int
    says: str


WRONG = [
    Wrong(Code.NO_CONTAINER, {"image": None}, 3, "names no container"),
    Wrong(Code.UNPINNED_IMAGE, {"image": "quay.io/biocontainers/seqkit:2.13.0"}, 8, ":2.13.0"),
    Wrong(Code.UNPINNED_IMAGE, {"image": "seqkit:latest"}, 8, "another one tomorrow"),
    Wrong(Code.NO_BASH, {"image": f"docker.io/library/alpine:3{DIGEST}"}, 8, "without bash"),
    Wrong(Code.NO_BASH, {"image": f"duckdb/duckdb:1.5-distroless{DIGEST}"}, 8, "distroless"),
    Wrong(Code.NO_LOG, {"logs": ()}, 3, "keeps no log"),
    Wrong(Code.STRAY_OUTPUT, {"outputs": ("counts/{unit,a{2}}.tsv",)}, 6, "counts/{unit}.tsv"),
    Wrong(Code.STRAY_OUTPUT, {"outputs": ("/data/out.tsv",)}, 6, "/data/out.tsv"),
    Wrong(Code.STRAY_OUTPUT, {"logs": ("count.log",)}, 6, "logs to count.log"),
    Wrong(Code.FOREIGN_PATH, {"command": "tool --db /data/db {input}"}, 10, "names /data/db"),
    Wrong(Code.FOREIGN_PATH, {"command": "cat ~/notes"}, 10, "names ~/notes"),
    Wrong(Code.FOREIGN_PATH, {"command": "tool ../x"}, 10, "names ../x"),
    Wrong(Code.FOREIGN_PATH, {"inputs": ("/home/me/reads.fq",)}, 10, "upload it"),
    Wrong(
        Code.FOREIGN_PATH,
        {"command": f"python3 {SCRIPT} {{input}}"},
        10,
        f'lifesciences_files="{SCRIPT}"',
    ),
    Wrong(Code.FETCHING, {"command": "wget -q $URL"}, 10, "('wget')"),
    Wrong(Code.FETCHING, {"command": "pip install x && x"}, 10, "('pip install')"),
    Wrong(Code.FETCHING, {"command": "tool --db https://a.org/db"}, 10, "https://a.org"),
    Wrong(Code.OPEN_WILDCARD, {"outputs": ("results/{unit}/{unit}.tsv",)}, 6, "wildcard unit"),
]


def found(rule: Rule, source: str = SOURCE) -> list[Finding]:
    return lint([rule], {rule.file: source}, lambda path: path == SCRIPT)


def test_a_good_rule_has_nothing_to_mend() -> None:
    assert found(GOOD) == []


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.code.value}-{wrong.says}")
def test_each_mistake_is_found_at_its_line_and_no_other(wrong: Wrong) -> None:
    (finding,) = found(msgspec.structs.replace(GOOD, **wrong.changes))
    assert (finding.code, finding.line, finding.rule) == (wrong.code, wrong.line, "count")
    assert wrong.says in finding.sentence


def fine() -> Iterator[Rule]:
    """Rules that are right although a shell command on another machine would not be."""
    yield msgspec.structs.replace(GOOD, local=True, image=None, command="cp /data/x {output}")
    yield msgspec.structs.replace(GOOD, kind=Kind.SNAKEMAKE, image=None, command="")
    yield msgspec.structs.replace(GOOD, kind=Kind.NONE, image="any", logs=(), outputs=())
    yield msgspec.structs.replace(GOOD, command="tool >/dev/null; /usr/bin/env bash $TMPDIR/x")
    yield msgspec.structs.replace(GOOD, outputs=("gs://references/{unit,[a-z]+}.fa",))
    yield msgspec.structs.replace(GOOD, command=f"python3 {SCRIPT}", carried=("workflow/scripts",))


@pytest.mark.parametrize("rule", list(fine()))
def test_what_is_right_is_not_found_fault_with(rule: Rule) -> None:
    assert found(rule) == []


@pytest.mark.parametrize(
    ("comment", "findings"),
    [
        ("# lint: allow unpinned-image, because no digest is published", 0),
        ("# lint: allow unpinned-image", 1),
        ("# lint: allow no-log, because it says nothing", 1),
    ],
)
def test_a_comment_with_a_reason_keeps_one_kind_of_finding_quiet(
    comment: str, findings: int
) -> None:
    rule = msgspec.structs.replace(GOOD, image="seqkit:latest")
    inside = SOURCE.replace("    container:\n", f"    {comment}\n    container:\n", 1)
    assert len(found(rule, inside)) == findings
    above = SOURCE.replace("rule count:", f"{comment}\nrule count:")
    assert len(found(msgspec.structs.replace(rule, line=4), above)) == findings


def test_a_comment_of_another_rule_does_not_count() -> None:
    comment = "    # lint: allow unpinned-image, because of something else\n"
    rule = msgspec.structs.replace(GOOD, image="seqkit:latest")
    assert len(found(rule, SOURCE + comment)) == 1


def test_an_inherited_image_is_told_at_the_rule_itself() -> None:
    source = "use rule other as count with:\n    output:\n        'x'\n"
    rule = msgspec.structs.replace(GOOD, line=1, image="seqkit:latest")
    assert [finding.line for finding in found(rule, source)] == [1]

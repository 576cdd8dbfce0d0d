"""`headrace triggers` on rules of every kind: the examples of the documentation."""

import json
import re
from pathlib import Path

import pytest
import yaml

from headrace import cli

DOCS = Path(__file__).parents[3] / "docs" / "triggers.md"


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> str:
    examples = re.findall(r"```yaml\n(.*?)```", DOCS.read_text(), flags=re.DOTALL)
    every = [yaml.safe_load(example)["rules"][0] for example in reversed(examples)]
    every.sort(key=lambda rule: ["each", "marker", "sheet", "set", "batch"].index(_kind(rule)))
    file = tmp_path_factory.mktemp("rules") / "triggers.yaml"
    file.write_text(yaml.safe_dump({"rules": every}))
    return str(file)


def _kind(rule: dict[str, dict[str, str]]) -> str:
    return rule["when"]["kind"]


@pytest.mark.parametrize(
    ("name", "sentences"),
    [
        (
            "counts/a.csv",
            ["rule 'counts'", "nothing: it is complete by itself", "columns gene, count"],
        ),
        (
            "lab/s_L001_R1.fastq.gz",
            [
                "rule 'flowcell'",
                "the marker 'lab/CopyComplete.txt', which closes all objects",
                "'lab/{sample}_{lane}_R{read}.fastq.gz'",
                "being FASTQ",
            ],
        ),
        ("lab/CopyComplete.txt", ["it closes:", "'lab/{sample}_{lane}_R{read}.fastq.gz'"]),
        (
            "lab/samplesheet.csv",
            ["columns sample, lane, fastq_1, fastq_2, in any order", "'lab/{file}.fastq.gz'"],
        ),
        ("lab/x.fastq.gz", ["a sheet 'lab/samplesheet.csv' that lists it"]),
        ("north/t.csv", ["all such objects with site=north that arrive within the same 15m"]),
    ],
)
def test_a_name_of_every_kind_is_explained(
    name: str, sentences: list[str], rules: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["triggers", "explain", name, "--rules", rules]) == 0
    text = capsys.readouterr().out
    for sentence in sentences:
        assert sentence in text


def test_a_checksum_is_said_to_go_with_another_file(
    rules: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["triggers", "explain", "lab/x.fastq.gz.md5", "--rules", rules]) == 1
    assert "goes with another file, so it starts nothing" in capsys.readouterr().out


def test_rules_are_shown_with_their_kinds(rules: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["triggers", "check", rules]) == 0
    text = capsys.readouterr().out
    assert all(kind in text for kind in ("each", "set", "sheet", "marker", "batch"))


def test_the_schema_of_rules_files_knows_every_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["triggers", "schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    when = schema["$defs"]["RuleRecord"]["properties"]["when"]
    assert set(when["discriminator"]["mapping"]) == {"each", "set", "sheet", "marker", "batch"}

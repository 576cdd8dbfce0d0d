"""The command line: what is typed, what is answered, and the exit code."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from headrace import cli

REPOSITORY = Path(__file__).parents[3]
RULES = str(REPOSITORY / "config" / "triggers.yaml")


def test_right_rules_are_said_to_be_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["triggers", "check", RULES]) == 0
    assert "is right: 3 rules" in capsys.readouterr().out


def test_wrong_rules_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rules.yaml").write_text("rulez: []\n")
    assert cli.main(["triggers", "check", str(tmp_path / "rules.yaml")]) == 2
    captured = capsys.readouterr()
    assert captured.err.endswith("unknown key 'rulez'; did you mean 'rules'?\n")
    assert captured.err.count("\n") == 1


def test_a_name_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    name = "run42/s1_L001_R1.fastq.gz"
    assert cli.main(["triggers", "explain", name, "--rules", RULES]) == 0
    text = capsys.readouterr().out
    assert "falls under the rule 'paired-reads'" in text
    assert "sample=s1" in text
    assert "run42/s1_L001_R2.fastq.gz" in text
    assert "every other lane" in text


def test_a_name_that_is_a_set_by_itself_needs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    name = "run42-single/s1_L001_R1.fastq.gz"
    assert cli.main(["triggers", "explain", name, "--rules", RULES]) == 0
    assert "nothing: it is complete by itself" in capsys.readouterr().out


def test_a_name_that_no_rule_wants_is_told_with_the_patterns(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["triggers", "explain", "notes.txt", "--rules", RULES]) == 1
    assert "{folder}/{sample}_{lane}_R{read}.fastq.gz" in capsys.readouterr().out


def test_a_refused_name_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["triggers", "explain", "run/$(id).gz", "--rules", RULES]) == 2
    assert "could be read as commands" in capsys.readouterr().err


@pytest.mark.parametrize("document", ["run.json", "status.json", "outputs.json", "error.json"])
def test_the_schema_of_each_document_of_a_run_can_be_had(
    document: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["runs", "schema", document]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert "run_id" in schema["$defs"][schema["$ref"].rpartition("/")[2]]["required"]


@pytest.mark.parametrize("arguments", [[], ["runs"], ["upload"], ["nonsense"]])
def test_incomplete_commands_are_wrong_input(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(arguments)


def test_a_local_cloud_that_is_not_running_is_one_sentence() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "headrace.cli", "--local", "runs", "list"],
        cwd="/",
        env={"HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr == (
        "headrace: No local cloud is running in .localcloud: start one with 'make up'.\n"
    )

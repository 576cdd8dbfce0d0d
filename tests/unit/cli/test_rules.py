"""`headrace lint` and `headrace new-rule`, as they are typed."""

import json
from pathlib import Path

import pytest

from headrace import cli
from tests.rules.project import Project

IMAGE = "quay.io/biocontainers/seqkit:2.13.0@sha256:" + "0" * 64


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    return Project.make(tmp_path)


@pytest.mark.usefixtures("project")
def test_the_reference_workflow_has_nothing_to_mend(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["lint"]) == 0, capsys.readouterr().out
    assert capsys.readouterr().out.endswith("rules looked at. Nothing to mend.\n")


def test_findings_are_lines_with_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Snakefile").write_text('rule a:\n    output:\n        "a.txt"\n    shell: "x"\n')
    assert cli.main(["lint", "Snakefile"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[:-1]] == [
        ["Snakefile:1:", "no-container:"],
        ["Snakefile:1:", "no-log:"],
        ["Snakefile:2:", "stray-output:"],
    ]
    assert cli.main(["lint", "Snakefile", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["code"] for one in found] == ["no-container", "no-log", "stray-output"]


def test_a_workflow_that_snakemake_cannot_read_is_told_in_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Snakefile").write_text("rule a:\n    outputs: 'x'\n")
    assert cli.main(["lint", "Snakefile"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("headrace: The workflow cannot be read.")
    assert "outputs" in error
    assert "Traceback" not in error


def test_a_new_rule_is_planned_reported_and_clean_from_the_start(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["new-rule", "count_reads", "--image", IMAGE]) == 0
    planned = project.planned("report/multiqc.html")
    assert "rule count_reads:" in planned
    assert project.findings("count_reads") == []
    compile((project.folder / "tests/rules/test_count_reads.py").read_text(), "test", "exec")
    assert "extras" in capsys.readouterr().out


def test_without_its_word_of_configuration_the_rule_is_off(project: Project) -> None:
    cli.main(["new-rule", "count_reads", "--image", IMAGE])
    assert "rule count_reads:" not in project.planned("report/multiqc.html", "extras=[]")


def test_a_rule_that_is_there_already_is_left_as_it_is(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["new-rule", "count_reads", "--image", IMAGE])
    rule = project.folder / "workflow/rules/count_reads.smk"
    rule.write_text("mine")
    before = (project.folder / "config/config.yaml").read_text()
    assert cli.main(["new-rule", "count_reads", "--image", IMAGE]) == 2
    assert "is a file" in capsys.readouterr().err
    assert rule.read_text() == "mine"
    assert (project.folder / "config/config.yaml").read_text() == before


@pytest.mark.usefixtures("project")
def test_an_image_without_a_digest_is_taken_and_told_of(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["new-rule", "count_reads", "--image", "seqkit:2"]) == 0
    assert "has no digest" in capsys.readouterr().err


def test_elsewhere_than_in_a_repository_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["new-rule", "count_reads", "--image", IMAGE]) == 2
    assert "root of the repository" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())

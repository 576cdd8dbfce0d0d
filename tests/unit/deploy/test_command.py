"""`headrace deploy` as typed: its findings on the screen, its exit code, its questions."""

import io
from pathlib import Path
from typing import Any

import pytest

from headrace import cli
from headrace.commands import deploy
from headrace.deploy import answers
from headrace.errors import DeployError, SettingsError
from tests.unit.deploy.programs import Programs
from tests.unit.deploy.test_doctor import HEALTHY, OUTPUTS

GIVEN = {"project_id": "lab-project", "region": "us-central1"}


@pytest.fixture
def healthy(programs: Programs) -> Programs:
    for words, value in HEALTHY.items():
        programs.answer(words, value)
    programs.outputs(OUTPUTS)
    return programs


def examine(programs: Programs, **options: Any) -> int:
    wanted = deploy.deployment(programs.tools.repository, GIVEN, programs.tools.environ)
    return deploy.examine(wanted, **options)


def test_a_healthy_installation_is_told_line_by_line(
    healthy: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    assert examine(healthy, upload=False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 9
    assert all(line.startswith("well ") for line in lines)


def test_a_finding_is_told_with_its_cure_and_an_exit_code(
    healthy: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    healthy.answer("subnets describe", {})
    assert examine(healthy, upload=False) == 1
    text = capsys.readouterr().out
    assert "WRONG  network: Private Google Access is off\n       gcloud compute networks" in text


def test_before_the_first_apply_only_the_project_is_examined(
    healthy: Programs, capsys: pytest.CaptureFixture[str]
) -> None:
    healthy.fail("terraform -chdir=infra output", "Backend initialization required")
    assert examine(healthy, upload=False) == 0
    assert "Nothing is deployed yet" in capsys.readouterr().out
    with pytest.raises(SettingsError, match="run 'headrace deploy apply' first"):
        examine(healthy, upload=True)


def test_terraform_counts_calls_to_the_project(programs: Programs) -> None:
    wanted = deploy.deployment(programs.tools.repository, GIVEN, programs.tools.environ)
    assert wanted.tools.environ["GOOGLE_BILLING_PROJECT"] == "lab-project"
    assert answers.read(programs.tools.repository) == GIVEN


def test_where_nobody_can_answer_the_way_out_is_named(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    wanted = deploy.deployment(programs.tools.repository, GIVEN, programs.tools.environ)
    with pytest.raises(DeployError, match="give --yes"):
        wanted.ask("Really? ")


@pytest.mark.parametrize("command", ["plan", "apply", "destroy", "doctor"])
def test_outside_a_checkout_one_sentence_and_exit_code_2(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["deploy", command, "--project", "p", "--region", "r"]) == 2
    assert "is no checkout of Headrace" in capsys.readouterr().err

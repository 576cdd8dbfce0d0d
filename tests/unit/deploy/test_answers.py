"""What was answered once is kept, and asked for by its option if it never was."""

from pathlib import Path

import pytest

from headrace.deploy import answers
from headrace.errors import SettingsError


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "main.tf").touch()
    return tmp_path


def test_answers_are_kept_for_terraform_and_changed_one_by_one(repository: Path) -> None:
    first = answers.settle(repository, {"project_id": "p", "region": "r", "monthly_budget": None})
    assert first == {"project_id": "p", "region": "r"}
    changed = answers.settle(repository, {"project_id": None, "monthly_budget": 50})
    assert changed == {"project_id": "p", "region": "r", "monthly_budget": 50}
    assert answers.read(repository) == changed


def test_what_was_never_answered_is_asked_for_by_its_option(repository: Path) -> None:
    with pytest.raises(SettingsError, match=r"Missing: --project and --region\. Give them once"):
        answers.settle(repository, {})


def test_outside_a_checkout_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no checkout of Headrace"):
        answers.settle(tmp_path, {"project_id": "p", "region": "r"})

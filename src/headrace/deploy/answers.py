"""What a person decided about an installation, kept where Terraform reads it by itself."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headrace import records
from headrace.errors import SettingsError

FILE = Path("infra/installation.auto.tfvars.json")
NEEDED = {"project_id": "--project", "region": "--region"}


def settle(repository: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers of the file with those given now over them, and keep them.

    Raises:
        SettingsError: this is no checkout, or project or region were never given.
    """
    answers = read(repository) | {name: value for name, value in given.items() if value}
    missing = [option for name, option in NEEDED.items() if not answers.get(name)]
    if missing:
        raise SettingsError(
            f"Missing: {' and '.join(missing)}. Give them once; they are kept in {FILE}."
        )
    (repository / FILE).write_text(json.dumps(answers, indent=2, sort_keys=True) + "\n")
    return answers


def read(repository: Path) -> dict[str, Any]:
    """Return the answers of the file; none if there is no file."""
    if not (repository / "infra" / "main.tf").exists():
        raise SettingsError(
            f"{repository.absolute()} is no checkout of Headrace: run 'headrace deploy' in one."
        )
    file = repository / FILE
    return (
        records.decode_json(file.read_bytes(), dict[str, Any], str(FILE)) if file.exists() else {}
    )

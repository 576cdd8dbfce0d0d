"""A checkout of the test's own, and programs that only say what they were told to."""

import shutil
from pathlib import Path

import pytest

from tests.unit.deploy.programs import Programs

REPOSITORY = Path(__file__).parents[3]
_ROOMS = ("config", "examples/tables", "guard", "images", "profiles", "src", "trigger", "workflow")
_FILES = ("LICENSE", "NOTICE", "README.md", "constraints.txt", "pyproject.toml", "infra/main.tf")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What is deployed from, without what other runs left."""
    folder = tmp_path / "checkout"
    left = shutil.ignore_patterns("__pycache__", "*.egg-info", "settings.yaml", "data")
    for room in _ROOMS:
        shutil.copytree(REPOSITORY / room, folder / room, ignore=left)
    (folder / "infra").mkdir()
    for file in _FILES:
        shutil.copy(REPOSITORY / file, folder / file)
    return folder


@pytest.fixture
def programs(tmp_path: Path, checkout: Path) -> Programs:
    return Programs(tmp_path / "bin", checkout)

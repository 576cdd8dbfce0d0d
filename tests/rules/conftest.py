"""What the tests of rules share."""

from pathlib import Path

import pytest

from tests.rules.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project of its own for each test."""
    return Project.make(tmp_path)

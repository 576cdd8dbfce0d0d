"""What the tests of the command line share."""

import pytest

from tests.unit.cli.results import Results


@pytest.fixture
def results() -> Results:
    return Results()

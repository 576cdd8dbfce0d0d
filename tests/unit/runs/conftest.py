"""What the tests of runs share."""

from datetime import UTC, datetime

import pytest

from tests.unit.arrivals.memory import MemoryStore

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(lambda: NOW)

"""Both stores: the real client on a real server, and the stand-in of the unit tests."""

from datetime import UTC, datetime

import pytest
from google.cloud import storage

from headrace.runs.cloudstore import CloudStore
from headrace.runs.store import Store
from tests.unit.arrivals.memory import MemoryStore


@pytest.fixture
def bucket(bucket: storage.Bucket) -> str:
    """The name of a new, empty bucket."""
    return str(bucket.name)


@pytest.fixture(params=["memory", "cloud"])
def store(request: pytest.FixtureRequest, endpoint: str) -> Store:
    """Each of the two stores in turn."""
    if request.param == "cloud":
        return CloudStore(endpoint=endpoint)
    return MemoryStore(lambda: datetime.now(UTC))

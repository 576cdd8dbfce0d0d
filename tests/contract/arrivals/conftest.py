"""Both stores: the real client on a real server, and the stand-in of the unit tests."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from headrace.runs.cloudstore import CloudStore
from headrace.runs.store import Store
from tests.contract.arrivals import storage_server
from tests.unit.arrivals.memory import MemoryStore


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a storage server of this test process."""
    with storage_server.running(tmp_path_factory.mktemp("storage")) as address:
        yield address


@pytest.fixture
def cloud(endpoint: str) -> Iterator[storage.Client]:
    """A client of the tests' own."""
    client = storage.Client(
        project="test",
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": endpoint},
    )
    yield client
    client.close()


@pytest.fixture
def bucket(cloud: storage.Client) -> str:
    """The name of a new, empty bucket."""
    name = f"bucket-{uuid.uuid4().hex[:12]}"
    cloud.create_bucket(name)
    return name


@pytest.fixture(params=["memory", "cloud"])
def store(request: pytest.FixtureRequest, endpoint: str) -> Store:
    """Each of the two stores in turn."""
    if request.param == "cloud":
        return CloudStore(endpoint=endpoint)
    return MemoryStore(lambda: datetime.now(UTC))

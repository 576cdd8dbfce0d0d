"""What contract tests share: a real storage server, and a client of the tests' own."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.cloud import storage

from headrace import storage_client
from tests.contract import storage_server


@pytest.fixture(scope="session")
def server_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """File in which the storage server notes every request."""
    return tmp_path_factory.mktemp("storage") / "server.log"


@pytest.fixture(scope="session")
def endpoint(server_log: Path) -> Iterator[str]:
    """Address of a real storage server of this test process."""
    with storage_server.running(server_log) as address:
        yield address


@pytest.fixture(scope="session")
def client(endpoint: str) -> Iterator[storage.Client]:
    """A client to look at and change buckets behind the back of what is tested."""
    connected = storage_client.connect("test", endpoint)
    yield connected
    connected.close()


@pytest.fixture
def bucket(client: storage.Client) -> storage.Bucket:
    """A new, empty bucket."""
    return client.create_bucket(f"bucket-{uuid.uuid4().hex[:12]}")

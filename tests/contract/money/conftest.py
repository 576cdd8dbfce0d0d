"""A bucket on a real storage server."""

import pytest
from google.cloud import storage

from headrace.runs.cloudstore import CloudStore


@pytest.fixture
def bucket(bucket: storage.Bucket) -> str:
    """The name of a new, empty bucket."""
    return str(bucket.name)


@pytest.fixture
def store(endpoint: str) -> CloudStore:
    """The real client."""
    return CloudStore(endpoint=endpoint)

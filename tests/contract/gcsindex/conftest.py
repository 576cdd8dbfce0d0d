"""Storage providers, as a new Snakemake would make them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from snakemake.logging import logger

from snakemake_storage_plugin_gcsindex import StorageProvider, StorageProviderSettings

MakeProvider = Callable[..., StorageProvider]


@pytest.fixture
def make_provider(endpoint: str, tmp_path: Path) -> Iterator[MakeProvider]:
    """Build providers that talk to the server, as a new Snakemake would."""
    made: list[StorageProvider] = []

    def make(prefix: str | None = None) -> StorageProvider:
        provider = StorageProvider(
            local_prefix=tmp_path / "local",
            logger=logger,
            settings=StorageProviderSettings(endpoint=endpoint, prefix=prefix),
        )
        made.append(provider)
        return provider

    yield make
    for provider in made:
        provider.close()

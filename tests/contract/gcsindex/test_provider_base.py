"""Snakemake's own test of storage plugins, against a real storage server."""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from google.cloud import storage
from snakemake_interface_storage_plugins.tests import TestStorageBase

from snakemake_storage_plugin_gcsindex import StorageProvider

MakeProvider = Callable[..., StorageProvider]


class TestGcsIndexStorage(TestStorageBase):  # type: ignore[misc]
    __test__ = True
    files_only = False
    touch = True

    @pytest.fixture(autouse=True)
    def _provider(self, make_provider: MakeProvider, bucket: storage.Bucket) -> None:
        self.provider = make_provider()
        self.bucket = bucket.name

    def get_storage_provider_cls(self) -> type[StorageProvider]:
        return StorageProvider

    def get_query(self, tmp_path: Path) -> str:
        return f"gs://{self.bucket}/runs/x/{tmp_path.name}/result.txt"

    def get_query_not_existing(self, tmp_path: Path) -> str:
        return f"gs://{self.bucket}/{tmp_path.name}/{uuid.uuid4().hex}"

    def _get_provider(self, tmp_path: Path) -> StorageProvider:
        """Serve one provider to the whole test: it keeps a connection."""
        del tmp_path
        return self.provider

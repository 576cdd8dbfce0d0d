"""The provider: one per workflow, owner of the catalogue and of the connection."""

from functools import cached_property
from typing import Any

from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_storage_plugins.common import Operation
from snakemake_interface_storage_plugins.io import IOCacheStorageInterface
from snakemake_interface_storage_plugins.storage_object import StorageObjectBase
from snakemake_interface_storage_plugins.storage_provider import (
    ExampleQuery,
    QueryType,
    StorageProviderBase,
    StorageQueryValidationResult,
)

from snakemake_storage_plugin_gcsindex import names
from snakemake_storage_plugin_gcsindex.catalogue import Catalogue
from snakemake_storage_plugin_gcsindex.client import StorageClient, open_client
from snakemake_storage_plugin_gcsindex.counting import RequestCounter
from snakemake_storage_plugin_gcsindex.objects import StorageObject
from snakemake_storage_plugin_gcsindex.settings import (
    StorageProviderSettings,
    endpoint_of,
    prefix_of,
)


class StorageProvider(StorageProviderBase):
    """Storage of `gs://bucket/key` with an index of what is there.

    Attributes:
        catalogue: what is known of the buckets.
        requests: counts of the requests made so far.
    """

    def __post_init__(self) -> None:
        """Check the settings; nothing is opened before the first question."""
        self._settings: StorageProviderSettings = self.settings or StorageProviderSettings()
        self._endpoint = endpoint_of(self._settings)
        self._cache: IOCacheStorageInterface | None = None
        self.requests = RequestCounter()
        self.catalogue = Catalogue(lambda: self.client, prefix_of(self._settings))

    @cached_property
    def client(self) -> StorageClient:
        """The connection, opened at the first question so that `--help` needs no credentials."""
        client = open_client(self._settings.project, self._endpoint)
        return StorageClient(client, self._endpoint, self.requests)

    def close(self) -> None:
        """Close the connection, if one was opened."""
        if "client" in self.__dict__:
            self.client.close()

    @property
    def trusts_absence(self) -> bool:
        """Whether an object missing from the listings may be called absent without asking.

        Snakemake hands its cache to every object while it builds the graph of jobs and switches
        the cache off for good when it begins to run them.
        """
        return self._cache is None or bool(getattr(self._cache, "active", False))

    def notice(self, cache: IOCacheStorageInterface) -> None:
        """Remember Snakemake's cache, to learn from it when jobs begin to run."""
        self._cache = cache

    def object(
        self,
        query: str,
        keep_local: bool | None = None,
        retrieve: bool | None = None,
        static: bool = False,
    ) -> StorageObjectBase:
        """Return the object of a query, having listed the folder that is listed whole.

        That is done here, where Snakemake reads the workflow and prints an error as a sentence.
        When it builds the graph of jobs it asks from task groups and prints their tracebacks.
        """
        try:
            self.catalogue.prime()
        except WorkflowError as error:
            raise error.with_traceback(None) from None
        return super().object(query, keep_local, retrieve, static)

    @classmethod
    def get_storage_object_cls(cls) -> type[StorageObjectBase]:
        """Return the class of this provider's objects."""
        return StorageObject

    @classmethod
    def example_queries(cls) -> list[ExampleQuery]:
        """Return queries to show in documentation."""
        return [
            ExampleQuery("gs://bucket/reads/sample1.fastq.gz", "an object", QueryType.ANY),
            ExampleQuery("gs://bucket/{sample}/qc", "objects with a wildcard", QueryType.ANY),
        ]

    @classmethod
    def is_valid_query(cls, query: str) -> StorageQueryValidationResult:
        """Say whether the query is ours, and if not, why; wildcards may stand in it."""
        problem = names.objection(query)
        return StorageQueryValidationResult(query, valid=problem is None, reason=problem)

    def postprocess_query(self, query: str) -> str:
        """Drop a slash at the end: `gs://bucket/folder/` is the directory `folder`."""
        return query.removesuffix("/")

    def rate_limiter_key(self, query: str, operation: Operation) -> Any:
        """Return what requests are limited by: nothing, Cloud Storage scales with the load."""
        del query, operation

    def default_max_requests_per_second(self) -> float:
        """Return the limit of requests, which is not used."""
        return 1000.0

    def use_rate_limiter(self) -> bool:
        """Say no: most questions are answered without a request."""
        return False

"""Snakemake storage provider `gcsindex`: Cloud Storage answered from an index of the bucket.

Snakemake asks about every file of every job again and again; asked one by one, a run of a thousand
jobs makes tens of thousands of requests. Here the run's folder is listed once, and every question
about existence, time and size is answered from memory. See `docs/storage.md`.

Read `catalogue` first: it decides what is believed and what is asked again.
"""

from snakemake_storage_plugin_gcsindex.objects import StorageObject
from snakemake_storage_plugin_gcsindex.provider import StorageProvider
from snakemake_storage_plugin_gcsindex.settings import StorageProviderSettings

__all__ = ["StorageObject", "StorageProvider", "StorageProviderSettings"]

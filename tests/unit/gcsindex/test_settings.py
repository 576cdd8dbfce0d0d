"""Settings are checked before anything is asked."""

from pathlib import Path

import pytest
from snakemake.logging import logger
from snakemake_interface_common.exceptions import WorkflowError

from snakemake_storage_plugin_gcsindex import StorageProvider, StorageProviderSettings
from snakemake_storage_plugin_gcsindex.names import Address
from snakemake_storage_plugin_gcsindex.settings import endpoint_of, prefix_of


@pytest.mark.parametrize(
    ("setting", "variable", "expected"),
    [
        (None, None, None),
        ("http://127.0.0.1:4443/", None, "http://127.0.0.1:4443"),
        (None, "http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        (None, "127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("https://storage.example", "127.0.0.1:9000", "https://storage.example"),
    ],
)
def test_the_endpoint_is_the_setting_or_else_the_emulator_variable(
    setting: str | None, variable: str | None, expected: str | None
) -> None:
    environ = {} if variable is None else {"STORAGE_EMULATOR_HOST": variable}
    assert endpoint_of(StorageProviderSettings(endpoint=setting), environ) == expected


@pytest.mark.parametrize("endpoint", ["ftp://host", "http://", "file:///x"])
def test_an_endpoint_that_is_no_web_address_is_refused(endpoint: str) -> None:
    with pytest.raises(WorkflowError, match="not the address of a storage service"):
        endpoint_of(StorageProviderSettings(endpoint=endpoint), {})


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        (None, None),
        ("gs://results", Address("results", "")),
        ("gs://results/", Address("results", "")),
        ("gs://results/runs/x", Address("results", "runs/x")),
        ("gs://results/runs/x/", Address("results", "runs/x")),
    ],
)
def test_the_prefix_is_a_bucket_or_a_folder(prefix: str | None, expected: Address | None) -> None:
    assert prefix_of(StorageProviderSettings(prefix=prefix)) == expected


@pytest.mark.parametrize("prefix", ["results/runs/x", "gs://UPPER", "gs://results/a/../b"])
def test_a_prefix_that_is_no_folder_stops_the_provider(prefix: str, tmp_path: Path) -> None:
    with pytest.raises(WorkflowError, match="--storage-gcsindex-prefix"):
        StorageProvider(
            local_prefix=tmp_path, logger=logger, settings=StorageProviderSettings(prefix=prefix)
        )

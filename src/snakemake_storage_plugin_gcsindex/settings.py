"""What a user may set, as `--storage-gcsindex-NAME` or `storage gcsindex: NAME=...`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_storage_plugins.settings import StorageProviderSettingsBase

from snakemake_storage_plugin_gcsindex import names

EMULATOR_VARIABLE = "STORAGE_EMULATOR_HOST"


@dataclass
class StorageProviderSettings(StorageProviderSettingsBase):
    """Settings of the provider; each has a default that works on Google Cloud."""

    project: str | None = field(
        default=None,
        metadata={
            "help": "Google Cloud project that requests are made for; by default the one of the "
            "credentials or of GOOGLE_CLOUD_PROJECT.",
        },
    )
    endpoint: str | None = field(
        default=None,
        metadata={
            "help": "Address of another Cloud Storage service, such as http://127.0.0.1:4443; by "
            "default STORAGE_EMULATOR_HOST, else Google's. It is spoken to without credentials.",
        },
    )
    prefix: str | None = field(
        default=None,
        metadata={
            "help": "Folder that is listed whole, once, when the run begins: give the value of "
            "--default-storage-prefix, such as gs://RESULTS/runs/RUN. Without it each folder is "
            "listed when first asked about.",
        },
    )


def endpoint_of(
    settings: StorageProviderSettings, environ: Mapping[str, str] = os.environ
) -> str | None:
    """Return the address of the storage service without a slash at its end; None for Google's.

    Raises:
        WorkflowError: the address is not an http or https one.
    """
    endpoint = settings.endpoint or environ.get(EMULATOR_VARIABLE)
    if not endpoint:
        return None
    # The variable is traditionally written without a scheme too.
    address = endpoint if "://" in endpoint else f"http://{endpoint}"
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise WorkflowError(
            f"'{endpoint}' is not the address of a storage service: set "
            f"--storage-gcsindex-endpoint or {EMULATOR_VARIABLE} to something like "
            "http://127.0.0.1:4443."
        )
    return address.rstrip("/")


def prefix_of(settings: StorageProviderSettings) -> names.Address | None:
    """Return the folder to list whole, its key empty where the whole bucket is meant.

    Raises:
        WorkflowError: the setting is not `gs://BUCKET` or `gs://BUCKET/FOLDER`.
    """
    if not settings.prefix:
        return None
    folder = settings.prefix.removesuffix("/")
    if folder.startswith(names.SCHEME) and "/" not in folder.removeprefix(names.SCHEME):
        bucket = folder.removeprefix(names.SCHEME)
        problem, address = names.bucket_objection(bucket), names.Address(bucket, "")
    else:
        problem, address = names.objection(folder), names.split(folder)
    if problem is not None:
        raise WorkflowError(f"--storage-gcsindex-prefix '{settings.prefix}': {problem}.")
    return address

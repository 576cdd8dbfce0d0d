"""The storage service through google-cloud-storage: lists, moves and removes objects.

Transient errors are retried by Google's own rules up to a deadline; what is left becomes one
`WorkflowError` whose sentence names the bucket and the remedy.
"""

import contextlib
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from google.api_core import exceptions as api
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.cloud import storage
from google.cloud.storage.exceptions import DataCorruption
from google.cloud.storage.retry import DEFAULT_RETRY
from snakemake_interface_common.exceptions import WorkflowError

from snakemake_storage_plugin_gcsindex.catalogue import FolderListing
from snakemake_storage_plugin_gcsindex.counting import RequestCounter
from snakemake_storage_plugin_gcsindex.index import WRITTEN_KEY, StoredObject
from snakemake_storage_plugin_gcsindex.names import Address

DEADLINE_SECONDS = 120.0
LOCAL_DEADLINE_SECONDS = 20.0
"""A service at an address of one's own is there or it is not."""

TIMEOUT_SECONDS = (10, 120)
"""To connect, and between two pieces of an answer."""

PAGE_NAMES = 1000
"""Names in one page of a listing, the most that Cloud Storage gives."""

FOLDER_PAGES = 10
"""Pages a folder may take before its objects are asked for one by one."""

_NO_LOCATIONS = "DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA"
"""Keeps the client from asking for each bucket's location, which it would note in traces."""

_ITEM_FIELDS = "name,size,timeCreated,generation,metadata"
_LIST_FIELDS = f"items({_ITEM_FIELDS}),prefixes,nextPageToken"


def open_client(project: str | None, endpoint: str | None) -> storage.Client:
    """Return a client for Google's service, or without credentials for the one at `endpoint`.

    Raises:
        WorkflowError: there are no Google credentials.
    """
    os.environ.setdefault(_NO_LOCATIONS, "true")
    try:
        if endpoint is None:
            return storage.Client(project=project)
        return storage.Client(
            project=project or "local",
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": endpoint},
        )
    except (GoogleAuthError, OSError) as error:
        raise WorkflowError(_NO_CREDENTIALS.format(error)) from error


class StorageClient:
    """Requests on objects; every one is counted."""

    def __init__(
        self,
        client: storage.Client,
        endpoint: str | None,
        counter: RequestCounter,
        *,
        deadline_seconds: float | None = None,
        page_names: int = PAGE_NAMES,
    ) -> None:
        self._client = client
        self._endpoint = endpoint or "storage.googleapis.com"
        self._deadline = deadline_seconds or (
            LOCAL_DEADLINE_SECONDS if endpoint else DEADLINE_SECONDS
        )
        self._page_names = page_names
        self._how = {
            "retry": DEFAULT_RETRY.with_timeout(self._deadline),
            "timeout": TIMEOUT_SECONDS,
        }
        # The only place where every request passes, retries and upload parts included.
        client._http.hooks["response"].append(counter.note)  # noqa: SLF001

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def tree(self, bucket: str, folder: str) -> Iterator[StoredObject]:
        """Yield everything below a folder; `""` is the whole bucket."""
        with self._speaking(bucket, f"list gs://{bucket}/{folder}"):
            for blob in self._list(bucket, prefix=folder or None):
                yield _stored(blob)

    def folder(self, bucket: str, folder: str) -> FolderListing:
        """Return one level of a folder, up to `FOLDER_PAGES` pages of it."""
        objects: list[StoredObject] = []
        with self._speaking(bucket, f"list gs://{bucket}/{folder}"):
            listing = self._list(bucket, prefix=folder or None, delimiter="/")
            for page in listing.pages:
                objects.extend(_stored(blob) for blob in page)
                if listing.page_number >= FOLDER_PAGES:
                    break
        return FolderListing(
            objects, frozenset(listing.prefixes), complete=listing.next_page_token is None
        )

    def at(self, address: Address) -> Iterator[StoredObject]:
        """Yield the object at the address and those below it, with one request a page.

        One range of names holds both: from `key` up to `key0`, as "0" follows "/". Neighbours
        such as `key.bai`, which lie in the range too, are left out.
        """
        key = address.key
        with self._speaking(address.bucket, f"look for {address}"):
            for blob in self._list(
                address.bucket, prefix=key, start_offset=key, end_offset=f"{key}0"
            ):
                if blob.name == key or blob.name.startswith(f"{key}/"):
                    yield _stored(blob)

    def upload(self, local: Path, target: Address) -> StoredObject:
        """Store a local file, its crc32c checked by the service; return what is there now."""
        with self._speaking(target.bucket, f"store {target}"):
            blob = self._client.bucket(target.bucket).blob(target.key)
            blob.upload_from_filename(str(local), checksum="crc32c", **self._how)
            return _stored(blob)

    def upload_empty(self, target: Address, content_type: str) -> StoredObject:
        """Store an object of no bytes."""
        with self._speaking(target.bucket, f"store {target}"):
            blob = self._client.bucket(target.bucket).blob(target.key)
            blob.upload_from_string(b"", content_type=content_type, checksum="crc32c", **self._how)
            return _stored(blob)

    def download(self, source: Address, local: Path) -> str | None:
        """Bring an object's bytes as they are stored to a new local file, crc32c checked.

        Returns the object's content type.
        """
        with self._speaking(source.bucket, f"retrieve {source}"):
            blob = self._client.bucket(source.bucket).blob(source.key)
            blob.download_to_filename(str(local), checksum="crc32c", raw_download=True, **self._how)
            content_type: str | None = blob.content_type
            return content_type

    def fingerprint(self, source: Address) -> str | None:
        """Return the checksum of an object's bytes (MD5, or crc32c where it has none); or None."""
        with self._speaking(source.bucket, f"look for {source}"):
            blob = self._client.bucket(source.bucket).get_blob(source.key, **self._how)
        if blob is None:
            return None
        return f"md5:{blob.md5_hash}" if blob.md5_hash else f"crc32c:{blob.crc32c}:{blob.size}"

    def remove(self, target: Address) -> None:
        """Remove an object; one that is not there is no error."""
        with (
            self._speaking(target.bucket, f"remove {target}"),
            contextlib.suppress(api.NotFound),
        ):
            self._client.bucket(target.bucket).blob(target.key).delete(**self._how)

    def rewrite(self, target: Address) -> StoredObject:
        """Copy an object onto itself, in the service: the same bytes with a new time."""
        with self._speaking(target.bucket, f"touch {target}"):
            blob = self._client.bucket(target.bucket).blob(target.key)
            token, _, _ = blob.rewrite(blob, **self._how)
            while token is not None:
                token, _, _ = blob.rewrite(blob, token=token, **self._how)
            touched = StoredObject(
                blob.name, blob.size, blob.time_created.timestamp(), blob.generation
            )
            if WRITTEN_KEY in (blob.metadata or {}):  # it came along with the copy
                blob.metadata = {**blob.metadata, WRITTEN_KEY: ""}
                blob.patch(**self._how)
            return touched

    def _list(self, bucket: str, **which: Any) -> Any:
        return self._client.list_blobs(
            bucket, fields=_LIST_FIELDS, page_size=self._page_names, **which, **self._how
        )

    @contextlib.contextmanager
    def _speaking(self, bucket: str, task: str) -> Iterator[None]:
        """Turn what the library raises into a sentence; `task` is what was to be done."""
        try:
            yield
        except api.NotFound as error:
            raise WorkflowError(
                f"Cannot {task}: there is no such object, or no bucket '{bucket}'. Check the name, "
                f"or create the bucket: gcloud storage buckets create gs://{bucket}"
            ) from error
        except (api.Forbidden, api.Unauthorized) as error:
            raise WorkflowError(
                f"Cannot {task}: access was refused ({int(error.code)}). Give this account the "
                f"role roles/storage.objectUser on the bucket '{bucket}', or check the name."
            ) from error
        except api.RetryError as error:
            raise WorkflowError(
                f"Cannot {task}: the storage service at {self._endpoint} gave no good answer for "
                f"{self._deadline:.0f} s ({_reason(error.cause)}). Check that it runs and can be "
                "reached."
            ) from error
        except DataCorruption as error:
            raise WorkflowError(
                f"Cannot {task}: the bytes were damaged on their way, their crc32c is wrong. "
                "Try again."
            ) from error
        except GoogleAuthError as error:
            raise WorkflowError(_NO_CREDENTIALS.format(error)) from error
        except api.GoogleAPIError as error:
            raise WorkflowError(f"Cannot {task}: {error}") from error


_NO_CREDENTIALS = (
    "There are no usable Google credentials: run 'gcloud auth application-default login', or set "
    "STORAGE_EMULATOR_HOST for a local cloud ({})."
)


def _reason(error: BaseException | None) -> str:
    """Say what is at the bottom of a failure, without the addresses and tokens of requests."""
    if isinstance(error, api.GoogleAPICallError):
        return f"it answered {error.code}"
    below = error and (error.__cause__ or error.__context__)
    return _reason(below) if below else str(error)


def _stored(blob: storage.Blob) -> StoredObject:
    return StoredObject(
        name=blob.name,
        size=blob.size,
        mtime=_written(blob).timestamp(),
        generation=blob.generation,
    )


def _written(blob: storage.Blob) -> datetime:
    """Return when the content was written; a time that cannot be read or lies ahead is no time."""
    created: datetime = blob.time_created
    try:
        said = datetime.fromisoformat((blob.metadata or {})[WRITTEN_KEY])
        return min(said, created)
    except (KeyError, ValueError, TypeError):
        return created

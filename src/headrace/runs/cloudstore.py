"""The store on Google Cloud Storage, or on whatever answers at its emulator's address."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from google.api_core.exceptions import GoogleAPIError, NotFound, PreconditionFailed, RetryError
from google.auth.exceptions import GoogleAuthError
from google.cloud.storage.retry import DEFAULT_RETRY
from requests.exceptions import RequestException

from headrace import storage_client
from headrace.errors import ObjectMissingError, StorageError
from headrace.gcs import ObjectUri
from headrace.runs.store import HTML, JSON, WRITTEN_KEY, StoredObject

PATIENCE_SECONDS = 120.0
"""How long a program is patient with a storage service; the client's own default."""


class CloudStore:
    """`Store` by google-cloud-storage; see `storage_client.connect` for `endpoint`.

    Requests that fail for the moment are repeated for `patience` seconds: all of them may be, since
    a creation is conditional and a write replaces the whole object.
    """

    def __init__(
        self,
        project: str | None = None,
        endpoint: str | None = None,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._client = storage_client.connect(project, endpoint)
        self._retry = DEFAULT_RETRY.with_timeout(patience)
        self._place = endpoint or "Google Cloud"

    def list_objects(self, prefix: ObjectUri) -> Iterator[StoredObject]:
        """List by prefix; see `Store.list_objects`."""
        with self._mapped(prefix):
            for blob in self._client.list_blobs(
                prefix.bucket, prefix=prefix.name, retry=self._retry
            ):
                yield _stored(blob)

    def list_folders(self, parent: ObjectUri, beginning: str = "") -> list[str]:
        """List by delimiter; see `Store.list_folders`."""
        prefix = parent.name.rstrip("/") + "/"
        with self._mapped(parent):
            listing = self._client.list_blobs(
                parent.bucket, prefix=prefix + beginning, delimiter="/", retry=self._retry
            )
            folders = [folder for page in listing.pages for folder in page.prefixes]
        return sorted(folder.removeprefix(prefix).rstrip("/") for folder in folders)

    def read(self, uri: ObjectUri) -> bytes:
        """Download; see `Store.read`."""
        with self._mapped(uri):
            data: bytes = self._blob(uri).download_as_bytes(retry=self._retry)
        return data

    def read_part(self, stored: StoredObject, start: int, length: int) -> bytes:
        """Download a range, without any decompression on the way; see `Store.read_part`."""
        end = min(start + length, stored.size) - 1
        if end < start:
            return b""
        blob = self._client.bucket(stored.uri.bucket).blob(
            stored.uri.name, generation=stored.generation
        )
        with self._mapped(stored.uri):
            data: bytes = blob.download_as_bytes(
                start=start, end=end, raw_download=True, checksum=None, retry=self._retry
            )
        return data

    def create(self, uri: ObjectUri, data: bytes) -> bool:
        """Upload in one multipart request with `ifGenerationMatch=0`; see `Store.create`."""
        try:
            with self._mapped(uri):
                self._blob(uri).upload_from_string(
                    data, JSON, if_generation_match=0, retry=self._retry
                )
        except _TakenError:
            return False
        return True

    def write(self, uri: ObjectUri, data: bytes, content_type: str = JSON) -> None:
        """Upload; see `Store.write`."""
        blob = self._blob(uri)
        if content_type == HTML:
            blob.cache_control = "no-cache"
        with self._mapped(uri):
            blob.upload_from_string(data, content_type, retry=self._retry)

    def upload(self, uri: ObjectUri, path: Path) -> None:
        """Upload a file, in resumable chunks if it is large; see `Store.upload`."""
        with self._mapped(uri):
            self._blob(uri).upload_from_filename(str(path), retry=self._retry)

    def copy(self, source: StoredObject, target: ObjectUri) -> None:
        """Rewrite, in as many requests as the size takes; see `Store.copy`."""
        with suppress(_TakenError), self._mapped(source.uri):
            former = self._blob(source.uri)
            former.reload(retry=self._retry)
            made = self._blob(target)
            made.content_type, made.content_encoding = former.content_type, former.content_encoding
            kept = former.metadata or {}
            made.metadata = {WRITTEN_KEY: former.time_created.isoformat(), **kept}
            token = None
            while True:
                token, _, _ = made.rewrite(
                    former, token=token, if_generation_match=0, retry=self._retry
                )
                if token is None:
                    return

    def _blob(self, uri: ObjectUri) -> Any:
        return self._client.bucket(uri.bucket).blob(uri.name)

    @contextmanager
    def _mapped(self, uri: ObjectUri) -> Iterator[None]:
        """Turn the client's errors into ours: the one place that knows them."""
        try:
            yield
        except NotFound as error:
            raise ObjectMissingError(f"There is no {uri} at {self._place}.") from error
        except PreconditionFailed as error:
            raise _TakenError(f"{uri} exists already.") from error
        except (RetryError, RequestException) as error:
            raise StorageError(
                f"Cloud Storage at {self._place} does not answer: {uri} was not reached."
            ) from error
        except (GoogleAPIError, GoogleAuthError) as error:
            raise StorageError(f"{self._place} did not serve {uri}: {error}") from error


class _TakenError(StorageError):
    """The object exists, and was to be created."""


def _stored(blob: Any) -> StoredObject:
    return StoredObject(
        uri=ObjectUri(blob.bucket.name, blob.name),
        generation=int(blob.generation),
        size=int(blob.size),
        crc32c=blob.crc32c or "",
        updated=blob.updated,
        created=blob.time_created,
        md5=blob.md5_hash or "",
    )

"""The executor's own objects: plans in, manifests and log tails out."""

from datetime import datetime
from posixpath import commonpath

from google.api_core.exceptions import GoogleAPIError, NotFound
from google.auth.exceptions import GoogleAuthError
from google.cloud import storage

from headrace.errors import ObjectMissingError, RecordError, StorageError
from headrace.gcs import ObjectUri
from headrace.records import decode_json
from headrace.staging.manifest import Manifest, from_metadata

TAIL_BYTES = 4096


class JobFolders:
    """Reads and writes the folders of jobs."""

    def __init__(self, client: storage.Client) -> None:
        self._client = client

    def write(self, address: str, document: bytes) -> None:
        """Put plans where their jobs look for them."""
        uri = ObjectUri.parse(address)
        try:
            self._blob(uri).upload_from_string(document, content_type="application/json")
        except (GoogleAPIError, GoogleAuthError, OSError) as error:
            raise StorageError(f"{uri} could not be written: {error}.") from error

    def read(self, address: str) -> bytes:
        """Return a document; raises `ObjectMissingError` if there is none."""
        uri = ObjectUri.parse(address)
        try:
            document: bytes = self._blob(uri).download_as_bytes()
        except NotFound as error:
            raise ObjectMissingError(f"{uri} does not exist.") from error
        except (GoogleAPIError, GoogleAuthError, OSError) as error:
            raise StorageError(f"{uri} could not be read: {error}.") from error
        return document

    def read_manifest(self, address: str) -> Manifest:
        """Return what the job did; raises `ObjectMissingError` if it never came to say."""
        return decode_json(self.read(address), Manifest, address)

    def list_manifests(self, first: str, last: str) -> dict[str, Manifest | None]:
        """Return the manifests that lie from the address `first` to `last`, by their addresses.

        One request a page: the listing brings what short manifests say. A long one is None here.
        """
        start, end = ObjectUri.parse(first), ObjectUri.parse(last)
        try:
            blobs = self._client.list_blobs(
                start.bucket,
                prefix=commonpath([start.name, end.name]),
                start_offset=start.name,
                end_offset=f"{end.name}~",  # the offset itself is left out
                fields="items(name,metadata),nextPageToken",
            )
            return {f"gs://{start.bucket}/{blob.name}": _from_metadata(blob) for blob in blobs}
        except (GoogleAPIError, GoogleAuthError, OSError) as error:
            raise StorageError(f"{first} and others could not be listed: {error}.") from error

    def newest_first(self, folder: str) -> list[str]:
        """Return the addresses of all objects in a folder, the last that was written first."""
        start = ObjectUri.parse(f"{folder}/")
        try:
            blobs = list(
                self._client.list_blobs(
                    start.bucket,
                    prefix=start.name,
                    fields="items(name,updated),nextPageToken",
                )
            )
        except (GoogleAPIError, GoogleAuthError, OSError) as error:
            raise StorageError(f"{folder} could not be listed: {error}.") from error
        blobs.sort(key=lambda blob: blob.updated, reverse=True)
        return [f"gs://{start.bucket}/{blob.name}" for blob in blobs]

    def written_since(self, address: str, moment: datetime) -> bool:
        """Tell whether an object was written at `moment` or later, by the storage's clock."""
        uri = ObjectUri.parse(address)
        try:
            blob = self._client.bucket(uri.bucket).get_blob(uri.name)
        except (GoogleAPIError, GoogleAuthError, OSError) as error:
            raise StorageError(f"{uri} could not be read: {error}.") from error
        return blob is not None and blob.updated is not None and blob.updated >= moment

    def tail(self, uri: ObjectUri) -> str:
        """Return the end of a log, empty if there is none."""
        blob = self._blob(uri)
        try:
            blob.reload()
            start = max(0, (blob.size or 0) - TAIL_BYTES)
            content: bytes = blob.download_as_bytes(start=start) if blob.size else b""
        except (GoogleAPIError, GoogleAuthError, OSError):
            return ""
        return content.decode(errors="replace")

    def _blob(self, uri: ObjectUri) -> storage.Blob:
        return self._client.bucket(uri.bucket).blob(uri.name)


def _from_metadata(blob: storage.Blob) -> Manifest | None:
    """Return what the metadata says; None where the object itself is to be read for it."""
    try:
        document = from_metadata(blob.metadata or {})
        return decode_json(document, Manifest, f"the manifest {blob.name}")
    except RecordError:
        return None

"""The Cloud Storage client of the head, the function and the command line."""

import os

import google.auth
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.cloud import storage

from headrace.errors import StorageError


def connect(project: str | None, endpoint: str | None = None) -> storage.Client:
    """Return a client of Google's service, or of the local server at `endpoint`.

    Nothing is sent before its first use, and no question about a bucket's location, which the
    client would ask for traces' sake (unless the environment says otherwise). Raises
    `StorageError` where Google's service is asked for and no credentials are found.
    """
    os.environ.setdefault("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
    if endpoint:
        return storage.Client(
            project=project or "local",
            credentials=AnonymousCredentials(),
            client_options=ClientOptions(api_endpoint=endpoint),
        )
    try:
        credentials, _ = google.auth.default()
    except GoogleAuthError as error:
        raise StorageError(
            f"No Google Cloud credentials: {error} "
            "Run 'gcloud auth application-default login', or set STORAGE_EMULATOR_HOST."
        ) from error
    return storage.Client(project=project, credentials=credentials)

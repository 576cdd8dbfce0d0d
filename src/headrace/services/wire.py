"""The Google API client: one per thread, errors mapped to ours, nothing else."""

import threading
from collections.abc import Iterator
from typing import Any

import google.auth
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from googleapiclient import discovery
from googleapiclient.errors import Error as ClientError
from googleapiclient.errors import HttpError
from httplib2 import HttpLib2Error

from headrace.errors import (
    AlreadyExistsError,
    NotFoundError,
    RequestRefusedError,
    ServiceError,
    UnavailableError,
)

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
PAGE_SIZE = 1000
RETRIES = 4
"""How often the client itself asks again on 429, 5xx and lost connections, backing off."""

_BY_STATUS: dict[int, type[ServiceError]] = {
    404: NotFoundError,
    409: AlreadyExistsError,
    408: UnavailableError,
    429: UnavailableError,
}
_FIRST_SERVER_ERROR = 500


class Client:
    """A discovery client that may be used from many threads.

    The client's HTTP object is not thread-safe, so each thread builds its own from the
    discovery document that ships with the library: no request is made to learn the API.
    """

    def __init__(self, api: str, version: str, endpoint: str | None) -> None:
        self._api = api
        self._version = version
        self._endpoint = endpoint
        self._local = threading.local()

    @property
    def locations(self) -> Any:
        """The API's `projects.locations` collection, for this thread."""
        if not hasattr(self._local, "resource"):
            self._local.resource = self._build()
        return self._local.resource.projects().locations()

    def call(self, request: Any) -> dict[str, Any]:
        """Execute a request; raises the `ServiceError` that fits what went wrong."""
        try:
            answer: dict[str, Any] = request.execute(num_retries=RETRIES)
        except HttpError as error:
            raise _error_for(error.status_code)(_reason(error)) from error
        except (ClientError, HttpLib2Error, OSError, GoogleAuthError) as error:
            where = self._endpoint or "Google Cloud"
            raise UnavailableError(
                f"The {self._api} service at {where} does not answer: {error}."
            ) from error
        return answer

    def pages(self, collection: Any, items: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Yield every item of a list method, page by page."""
        request = collection.list(pageSize=PAGE_SIZE, **query)
        while request is not None:
            page = self.call(request)
            yield from page.get(items, [])
            request = collection.list_next(request, page)

    def close(self) -> None:
        """Close this thread's connection."""
        if hasattr(self._local, "resource"):
            self._local.resource.close()
            del self._local.resource

    def _build(self) -> Any:
        options = {"api_endpoint": self._endpoint} if self._endpoint else None
        return discovery.build(
            self._api,
            self._version,
            credentials=self._credentials(),
            client_options=options,
            static_discovery=True,
        )

    def _credentials(self) -> Any:
        if self._endpoint:
            return AnonymousCredentials()
        try:
            credentials, _ = google.auth.default(scopes=SCOPES)
        except GoogleAuthError as error:
            raise RequestRefusedError(
                f"No Google Cloud credentials: {error} "
                "Run 'gcloud auth application-default login', or set a local endpoint."
            ) from error
        return credentials


def label_filter(labels: dict[str, str]) -> str:
    """Return the list filter for jobs that carry all these labels (both APIs share it)."""
    return " AND ".join(f'labels."{key}" = "{value}"' for key, value in sorted(labels.items()))


def _error_for(status: int) -> type[ServiceError]:
    if status >= _FIRST_SERVER_ERROR:
        return UnavailableError
    return _BY_STATUS.get(status, RequestRefusedError)


def _reason(error: HttpError) -> str:
    return f"{error.status_code}: {error.reason}"

"""The Google API client: one per thread, errors mapped to ours, nothing else."""

import threading
from collections.abc import Iterator
from typing import Any

import google.auth
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google_auth_httplib2 import AuthorizedHttp
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
from headrace.services.connections import Http
from headrace.services.retry import Backoff, retry

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
PAGE_SIZE = 1000
_BY_STATUS: dict[int, type[ServiceError]] = {
    404: NotFoundError,
    409: AlreadyExistsError,
    408: UnavailableError,
    429: UnavailableError,
    501: RequestRefusedError,
}
_FIRST_SERVER_ERROR = 500


class Client:
    """A discovery client that may be used from many threads.

    The client's HTTP object is not thread-safe, so each thread builds its own from the
    discovery document that ships with the library: no request is made to learn the API.
    """

    def __init__(self, api: str, version: str, endpoint: str | None, backoff: Backoff) -> None:
        self._api = api
        self._version = version
        self._endpoint = endpoint
        self.backoff = backoff
        self._local = threading.local()

    @property
    def locations(self) -> Any:
        """The API's `projects.locations` collection, for this thread."""
        return self.resource.projects().locations()

    @property
    def resource(self) -> Any:
        """The whole API, for this thread."""
        if not hasattr(self._local, "resource"):
            self._local.resource = self._build()
        return self._local.resource

    def call(self, request: Any, *, named: bool = False) -> dict[str, Any]:
        """Execute a request, again while it may pass (429, 5xx, 408, a lost connection).

        With `named`, an answer without a name is none: the service has lost it.

        Raises:
            ServiceError: the one that fits what went wrong, at last.
        """
        return retry(
            lambda: self.call_once(request, named=named),
            on=(UnavailableError,),
            backoff=self.backoff,
        )

    def call_once(self, request: Any, *, named: bool = False) -> dict[str, Any]:
        """Execute a request that must not be repeated blindly; see `call`."""
        where = self._endpoint or "Google Cloud"
        try:
            answer: dict[str, Any] = request.execute(num_retries=0)
        except HttpError as error:
            raise _error_for(error.status_code)(_reason(error)) from error
        except (ClientError, HttpLib2Error, OSError, GoogleAuthError) as error:
            raise UnavailableError(
                f"The {self._api} service at {where} does not answer: {error}."
            ) from error
        except ValueError as error:
            raise UnavailableError(
                f"The {self._api} service at {where} answered what is no JSON."
            ) from error
        if named and "name" not in answer:
            raise UnavailableError(f"The {self._api} service at {where} answered with nothing.")
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
            http=AuthorizedHttp(self._credentials(), http=Http()),
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
    otherwise = UnavailableError if status >= _FIRST_SERVER_ERROR else RequestRefusedError
    return _BY_STATUS.get(status, otherwise)


def _reason(error: HttpError) -> str:
    return f"{error.status_code}: {error.reason}"

"""The access token of the machine's own service account."""

import json
import time
from collections.abc import Callable

import urllib3

from headrace.errors import StorageError

ACCOUNT_ADDRESS = (
    "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token"
)
"""Compute Engine, "Obtaining access tokens": the same from inside a container."""

_MARGIN_SECONDS = 60


class MachineToken:
    """A bearer token that is asked for again shortly before it runs out."""

    def __init__(self, pool: urllib3.PoolManager, clock: Callable[[], float] = time.time) -> None:
        self._pool = pool
        self._clock = clock
        self._token = ""
        self._expires = 0.0

    def headers(self) -> dict[str, str]:
        """Return the header that authorises a request now."""
        if self._clock() > self._expires - _MARGIN_SECONDS:
            self._refresh()
        return {"Authorization": f"Bearer {self._token}"}

    def _refresh(self) -> None:
        try:
            answer = self._pool.request(
                "GET", ACCOUNT_ADDRESS, headers={"Metadata-Flavor": "Google"}
            )
        except urllib3.exceptions.HTTPError as error:
            raise StorageError(
                f"No access token: the metadata server does not answer ({error}); "
                "outside Google Cloud set STORAGE_EMULATOR_HOST."
            ) from error
        token = json.loads(answer.data)
        self._token = token["access_token"]
        self._expires = self._clock() + float(token["expires_in"])


class NoToken:
    """A local storage server asks for none."""

    def headers(self) -> dict[str, str]:
        """Return no header."""
        return {}

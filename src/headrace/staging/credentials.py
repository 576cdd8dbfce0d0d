"""The access token of the machine's own service account."""

import http.client
import json
import time
from collections.abc import Callable
from contextlib import closing

from headrace.errors import StorageError
from headrace.staging.patience import Patience

METADATA_SERVER = "metadata.google.internal"
TOKEN_PATH = "/computeMetadata/v1/instance/service-accounts/default/token"  # noqa: S105 # a path
"""Compute Engine, "Obtaining access tokens": the same from inside a container."""

_TIMEOUT_SECONDS = 10
_MARGIN_SECONDS = 60


def ask_metadata_server() -> bytes:
    """Return the metadata server's answer; raises `OSError` or `HTTPException` if it has none."""
    connection = http.client.HTTPConnection(METADATA_SERVER, timeout=_TIMEOUT_SECONDS)
    with closing(connection):
        connection.request("GET", TOKEN_PATH, headers={"Metadata-Flavor": "Google"})
        return connection.getresponse().read()


class MachineToken:
    """A bearer token that is asked for again shortly before it runs out."""

    def __init__(
        self,
        ask: Callable[[], bytes] = ask_metadata_server,
        clock: Callable[[], float] = time.time,
        new_patience: Callable[[], Patience] = Patience,
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._new_patience = new_patience
        self._token = ""
        self._expires = 0.0

    def headers(self) -> dict[str, str]:
        """Return the header that authorises a request now; raises `StorageError` if none does."""
        if self._clock() > self._expires - _MARGIN_SECONDS:
            self._refresh()
        return {"Authorization": f"Bearer {self._token}"}

    def _refresh(self) -> None:
        patience = self._new_patience()
        while True:
            try:
                token = json.loads(self._ask())
                lifetime = float(token["expires_in"])
                self._token = str(token["access_token"])
            except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
                if not patience.failed_at(0):
                    raise StorageError(
                        f"No access token: the metadata server gives none ({error!r}); "
                        "outside Google Cloud set STORAGE_EMULATOR_HOST."
                    ) from error
            else:
                self._expires = self._clock() + lifetime
                return


class NoToken:
    """A local storage server asks for none."""

    def headers(self) -> dict[str, str]:
        """Return no header."""
        return {}

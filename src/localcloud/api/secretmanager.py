"""Secret Manager v1, `versions.access` alone: the secrets of `--secrets`."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import google_crc32c
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localcloud.api.handlers import reply
from localcloud.wire.discovery import check_query
from localcloud.wire.errors import not_found

DOCUMENT = "secretmanager.v1"


class SecretManager:
    """The handler of the method; `secrets` are values by the names of their versions."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = secrets

    def routes(self) -> list[Route]:
        """The method."""
        path = "/v1/projects/{project}/secrets/{secret}/versions/{version}:access"
        name = "secretmanager.secrets.versions.access"
        return [Route(path, self.access, methods=["GET"], name=name)]

    async def access(self, request: Request) -> Response:
        """`projects.secrets.versions.access`."""
        check_query(DOCUMENT, {}, request.query_params)
        place = request.path_params
        name = f"projects/{place['project']}/secrets/{place['secret']}/versions/{place['version']}"
        if name not in self._secrets:
            raise not_found(name)
        value = self._secrets[name].encode()
        payload = {
            "data": base64.b64encode(value).decode(),
            "dataCrc32c": str(google_crc32c.value(value)),
        }
        return reply({"name": name, "payload": payload})

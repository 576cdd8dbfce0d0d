"""The `locations` methods that both APIs have."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localcloud.api.handlers import reply
from localcloud.wire.discovery import check_query
from localcloud.wire.errors import not_found
from localcloud.wire.filters import Value, matches, parse_filter
from localcloud.wire.listing import page, page_size, page_start

REGIONS = (
    "asia-east1",
    "asia-northeast1",
    "asia-southeast1",
    "australia-southeast1",
    "europe-west1",
    "europe-west2",
    "europe-west3",
    "europe-west4",
    "northamerica-northeast1",
    "us-central1",
    "us-east1",
    "us-east4",
    "us-west1",
    "us-west2",
)
"""Regions that are listed; any well-formed one may be used."""

_PAGE = 100
_PARAMETERS = {"extraLocationTypes": "", "filter": "", "pageSize": "", "pageToken": ""}


class Locations:
    """The handlers for one API, named by its discovery document."""

    def __init__(self, document: str, prefix: str, version: str) -> None:
        self._document = document
        self._prefix = prefix
        self._version = version

    def routes(self) -> list[Route]:
        """The methods."""
        base = f"/{self._version}/projects/{{project}}/locations"
        prefix = f"{self._prefix}.locations"
        return [
            Route(base, self.list, methods=["GET"], name=f"{prefix}.list"),
            Route(f"{base}/{{location}}", self.get, methods=["GET"], name=f"{prefix}.get"),
        ]

    async def get(self, request: Request) -> Response:
        """`projects.locations.get`."""
        check_query(self._document, {}, request.query_params)
        project, name = request.path_params["project"], request.path_params["location"]
        if name not in REGIONS:
            raise not_found(f"projects/{project}/locations/{name}")
        return reply(_location(project, name))

    async def list(self, request: Request) -> Response:
        """`projects.locations.list`, by name."""
        query = check_query(self._document, _PARAMETERS, request.query_params)
        project = request.path_params["project"]
        expression = parse_filter(query.get("filter", ""))
        first = page_start(query, -1) + 1
        locations, token = page(
            range(first, len(REGIONS)),
            wanted=lambda place: matches(expression, lambda path: _field(REGIONS[place], path)),
            size=page_size(query, _PAGE, _PAGE),
            position=lambda place: place,
            render=lambda place: _location(project, REGIONS[place]),
        )
        next_page = {"nextPageToken": token} if token else {}
        return reply({"locations": locations, **next_page})


def _location(project: str, name: str) -> dict[str, Any]:
    return {
        "name": f"projects/{project}/locations/{name}",
        "locationId": name,
        "labels": {"cloud.googleapis.com/region": name},
    }


def _field(name: str, path: tuple[str, ...]) -> Value:
    """The fields of a Location that the filter of `locations.list` knows."""
    match path:
        case ("locationId",):
            return name
        case ("labels", "cloud.googleapis.com/region"):
            return name
        case _:
            raise KeyError(path)

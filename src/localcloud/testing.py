"""A whole local cloud for tests of your own pipelines.

with LocalCloud.start(buckets=["inbox", "results"]) as cloud:
    storage.Client(client_options={"api_endpoint": cloud.storage_url}, ...)

def test_mine(local_cloud): ...     # pytest: `from localcloud.testing import local_cloud`
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from localcloud.errors import LocalCloudError
from localcloud.statedir import CloudState, StateDir

_START_SECONDS = 90.0
_STOP_SECONDS = 30.0
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class LocalCloud:
    """A running local cloud: where it is and what to tell clients."""

    state_dir: Path
    state: CloudState

    @property
    def url(self) -> str:
        """Base URL of the Life Sciences and Batch APIs."""
        return self.state.cloud_url

    @property
    def storage_url(self) -> str:
        """Base URL of Cloud Storage."""
        return self.state.storage_url

    @property
    def project(self) -> str:
        """The project id."""
        return self.state.project

    @property
    def location(self) -> str:
        """The region."""
        return self.state.location

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point clients here: CLOUD_URL, STORAGE_EMULATOR_HOST, ..."""
        return self.state.environment

    def reset(self) -> None:
        """End and forget every job, fault and cost; objects stay."""
        self._control("POST", "/_localcloud/reset")

    def order_fault(self, **order: Any) -> None:
        """Order a fault: `order_fault(method="batch.jobs.create", do="error", nth=2)`.

        Raises:
            LocalCloudError: the order makes no sense; the message says why.
        """
        self._control("POST", "/_localcloud/faults", json.dumps(order))

    def clear_faults(self) -> None:
        """Forget all fault orders."""
        self._control("DELETE", "/_localcloud/faults")

    def _control(self, method: str, path: str, body: str | None = None) -> None:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        with closing(connection):
            connection.request(method, path, body)
            response = connection.getresponse()
            answer = response.read().decode()
        if response.status != http.HTTPStatus.OK:
            raise LocalCloudError(f"{method} {path} answered {response.status}: {answer}")

    @classmethod
    @contextmanager
    def start(
        cls,
        *,
        buckets: Sequence[str] = (),
        functions: Sequence[str] = (),
        function_env: Mapping[str, str] | None = None,
        images: Mapping[str, Path | str] | None = None,
        cpus: int = 24,
        in_memory: bool = True,
        state_dir: Path | None = None,
        options: Sequence[str] = (),
    ) -> Iterator[LocalCloud]:
        """Start a local cloud on free ports, stop it at the end.

        Args:
            buckets: to be made.
            functions: `SOURCE:TARGET[@BUCKET]` each.
            function_env: variables for the functions.
            images: pattern of image names to what stands for them: a directory of programs, or
                with `options=["--runtime=container"]` the name of a local image.
            cpus: vCPU quota of each region.
            in_memory: keep objects in memory rather than in the state directory.
            state_dir: where to keep its state; a temporary directory, removed at the end, if None.
            options: more words for `localcloud up`.

        Raises:
            LocalCloudError: it does not start; the message says why.
        """
        words = [
            *(f"--bucket={name}" for name in buckets),
            *(f"--function={text}" for text in functions),
            *(f"--function-env={name}={text}" for name, text in (function_env or {}).items()),
            *(f"--image={pattern}={path}" for pattern, path in (images or {}).items()),
            f"--cpus={cpus}",
            *(["--in-memory"] if in_memory else []),
            *options,
        ]
        with tempfile.TemporaryDirectory(prefix="localcloud-") as temporary:
            directory = StateDir(state_dir or Path(temporary) / "state")
            with _running(directory, words) as state:
                yield cls(directory.path, state)


@contextmanager
def _running(directory: StateDir, words: Sequence[str]) -> Iterator[CloudState]:
    directory.path.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "localcloud", "up", f"--state={directory.path}"]
    with directory.log.open("ab") as log:
        process = subprocess.Popen(
            [*command, "--until-stdin-closes", *words],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield _wait_for_state(directory, process)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _wait_for_state(directory: StateDir, process: subprocess.Popen[bytes]) -> CloudState:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        state = directory.read()
        if state is not None and state.pid == process.pid:
            return state
        time.sleep(_POLL_SECONDS)
    log = directory.log.read_text(errors="replace")
    raise LocalCloudError(f"the local cloud did not start:\n{log}")


@pytest.fixture(scope="session")
def local_cloud() -> Iterator[LocalCloud]:
    """A local cloud for the whole test session, with the buckets `inbox` and `results`."""
    with LocalCloud.start(buckets=["inbox", "results"]) as cloud:
        yield cloud

"""A local cloud for the end-to-end tests, and Snakemake runs against it."""

import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

import pytest
from google.cloud import storage

from headrace import storage_client
from headrace.services.protocol import ServiceName
from localcloud.testing import LocalCloud

REPOSITORY = Path(__file__).parents[2]
PROGRAMS = Path(sys.executable).parent
IMAGES = {"headrace-controller": PROGRAMS, "headrace-stage": PROGRAMS}
SNAKEMAKE = [sys.executable, "-m", "snakemake", "--profile", "profiles/local"]
RUN_SECONDS = 240


@dataclass(frozen=True)
class Head:
    """A folder to run Snakemake in, and the run whose results it makes."""

    folder: Path
    run: str
    environment: dict[str, str]
    bucket: storage.Bucket

    def snakemake(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Snakemake with the local profile; never raises for its exit code."""
        return subprocess.run(
            [*SNAKEMAKE, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )

    @property
    def log(self) -> Path:
        """What the Snakemakes that `started` ran have said."""
        return self.folder / "started.log"

    @contextmanager
    def started(self, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Start Snakemake in a session of its own; what still runs of it is killed in the end.

        It hears Ctrl-C even where these tests run in the background of a shell, which ignores it.
        """
        with (
            self.log.open("ab") as log,
            subprocess.Popen(
                ["env", "--default-signal=INT", *SNAKEMAKE, *arguments],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            ) as process,
        ):
            try:
                yield process
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)

    def text(self, name: str) -> str:
        """Return the content of one of the run's objects."""
        content: str = self.bucket.blob(f"runs/{self.run}/{name}").download_as_text()
        return content

    def names(self, prefix: str = "") -> set[str]:
        """Return the names of the run's objects, relative to its folder."""
        start = f"runs/{self.run}/"
        return {
            blob.name.removeprefix(start) for blob in self.bucket.list_blobs(prefix=start + prefix)
        }


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    """A local cloud with inbox and results."""
    with LocalCloud.start(buckets=["inbox", "results"], images=IMAGES) as running:
        yield running


@pytest.fixture(scope="module")
def client(cloud: LocalCloud) -> Iterator[storage.Client]:
    """A storage client of the tests' own."""
    connected = storage_client.connect(cloud.project, cloud.storage_url)
    yield connected
    connected.close()


@pytest.fixture(params=list(ServiceName), ids=lambda service: service.value)
def service(request: pytest.FixtureRequest) -> ServiceName:
    """Each of the job services in turn."""
    chosen: ServiceName = request.param
    return chosen


def cloned(head: Head) -> Head:
    """Return a head with a fresh clone of the workflow and no memory, as on another machine."""
    folder = Path(mkdtemp(dir=head.folder.parent))
    shutil.copy(head.folder / "Snakefile", folder)
    shutil.copytree(head.folder / "profiles", folder / "profiles")
    return replace(head, folder=folder)


def make_head(
    cloud: LocalCloud,
    client: storage.Client,
    folder: Path,
    service: ServiceName,
    sources: Sequence[Path],
) -> Head:
    """Copy files and folders into a fresh working directory beside the profiles."""
    for source in [REPOSITORY / "profiles", *sources]:
        if source.is_dir():
            shutil.copytree(source, folder / source.name)
        else:
            shutil.copy(source, folder)
    run = f"test-{uuid.uuid4().hex[:12]}"
    environment = {
        **os.environ,
        **cloud.environment,
        "HEADRACE_RUN": run,
        "HEADRACE_SERVICE": service.value,
    }
    return Head(folder, run, environment, client.bucket("results"))

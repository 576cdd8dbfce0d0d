"""A stranger's workflow: our distribution installed, two options given, nothing changed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.cloud import storage

from headrace.services.protocol import ServiceName
from localcloud.testing import LocalCloud
from tests.e2e.conftest import REPOSITORY

STRANGER = Path(__file__).parent / "stranger"
RUN = "gs://results/runs/stranger"
DISTRIBUTION = ["src", "pyproject.toml", "README.md", "LICENSE", "NOTICE"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our distribution, built and installed by pip; its dependencies are this environment's."""
    source, target = (tmp_path_factory.mktemp(name) for name in ("source", "target"))
    for name in DISTRIBUTION:
        path = REPOSITORY / name
        ignored = shutil.ignore_patterns("*.egg-info", "__pycache__")
        copy = source / name
        shutil.copytree(path, copy, ignore=ignored) if path.is_dir() else shutil.copy(path, copy)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    offline = ["--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run([*pip, *offline, "--target", str(target), str(source)], check=True)
    return target


@pytest.fixture
def checkout(client: storage.Client, tmp_path: Path) -> Iterator[Path]:
    """A clone of the stranger's repository, and the data where the workflow looks for them."""
    folder = tmp_path / "study"
    shutil.copytree(STRANGER, folder)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    subprocess.run(["git", "add", "."], cwd=folder, check=True)
    bucket = client.bucket("results")
    bucket.blob("runs/stranger/resources/A.txt").upload_from_string("pear\nb\nfig\n")
    bucket.blob("runs/stranger/resources/B.txt").upload_from_string("a\nkiwi\n")
    yield folder
    for blob in client.list_blobs("results"):
        blob.delete()


def test_it_runs_unchanged_from_an_installed_distribution(
    cloud: LocalCloud,
    client: storage.Client,
    installed: Path,
    checkout: Path,
    service: ServiceName,
) -> None:
    environment = {
        **os.environ,
        **cloud.environment,
        "PYTHONPATH": str(installed),
        "HEADRACE_PROJECT": cloud.project,
        "HEADRACE_REGION": "us-central1",
        "HEADRACE_RESULTS": "results",
        "HEADRACE_RUN": f"stranger-{service.value}",
        "HEADRACE_STAGE_IMAGE": "headrace-stage",
        "HEADRACE_CONTROLLER_IMAGE": "headrace-controller",
        "HEADRACE_SERVICE": service.value,
    }
    options = ["--executor", "lifesciences", "--default-storage-provider", "gcsindex"]
    where = ["--default-storage-prefix", RUN, "--jobs", "4"]
    pace = ["--seconds-between-status-checks", "1"]
    command = [sys.executable, "-m", "snakemake", *options, *where, *pace]
    found = subprocess.run(
        [sys.executable, "-c", "import headrace; print(headrace.__file__)"],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.startswith(str(installed)), "what was installed is what runs"

    result = subprocess.run(
        command, cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    bucket = client.bucket("results")

    def text(name: str) -> str:
        content: str = bucket.blob(f"runs/stranger/{name}").download_as_text()
        return content

    assert text("results/sorted/A.txt") == "fig\npear\n"
    assert text("results/counts/B.txt").strip() == "1"
    assert text("results/plots/lengths.txt") == "A ##\nB #\n"
    assert text("results/summary.tsv") == "treated\tuntreated\t2\t1\n"
    assert text("benchmarks/sort/A.tsv").startswith("s\th:m:s")
    assert not bucket.blob("runs/stranger/results/filtered/A.txt").exists(), "temp() is gone"

    again = subprocess.run(
        command, cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )
    assert "Nothing to be done" in again.stderr, again.stderr

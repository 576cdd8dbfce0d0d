"""The second domain, from uploaded tables to verdicts: the same function, frame and report."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.cloud import storage

from examples import local as stack
from examples.tables.simulate import MARKER, TORN
from headrace import storage_client
from localcloud.testing import LocalCloud
from tests.e2e.conftest import IMAGES, REPOSITORY

RUN_SECONDS = 240


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tables")
    command = [sys.executable, "-m", "examples.tables.simulate", "--out", str(made)]
    subprocess.run(command, cwd=REPOSITORY, check=True)
    return made


@pytest.fixture(scope="module")
def client() -> Iterator[storage.Client]:
    """The buckets of a local cloud that has this repository's function."""
    with LocalCloud.start(
        buckets=["inbox", "results"],
        functions=[f"{REPOSITORY / 'trigger' / 'main.py'}:handle@inbox"],
        function_env=stack.function_environment(),
        images=IMAGES,
    ) as cloud:
        connected = storage_client.connect(cloud.project, cloud.storage_url)
        yield connected
        connected.close()


def end_of_the_run(client: storage.Client) -> tuple[str, dict[str, Any]]:
    """Wait for the only run's end; return its folder and `outputs.json`."""
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        for blob in client.list_blobs("results", prefix="runs/"):
            folder, _, name = blob.name.rpartition("/")
            assert name != "error.json" or folder.count("/") > 1, blob.download_as_text()
            if name == "outputs.json":
                return folder, json.loads(blob.download_as_bytes())
        time.sleep(0.5)
    pytest.fail(f"no run ended in {RUN_SECONDS} s")


def test_a_folder_of_tables_becomes_verdicts_when_its_marker_comes(
    client: storage.Client, data: Path
) -> None:
    inbox, results = client.bucket("inbox"), client.bucket("results")
    tables = [path for path in data.iterdir() if path.suffix in {".csv", ".parquet"}]
    for path in tables:
        inbox.blob(f"tables/march/{path.name}").upload_from_filename(path)
    assert not list(client.list_blobs("results", prefix="runs/")), "the marker is not there yet"
    inbox.blob(f"tables/march/{MARKER}").upload_from_string(b"")

    folder, outputs = end_of_the_run(client)
    truth = json.loads((data / "truth.json").read_text())
    verdicts = {one["sample"]: one for one in outputs["verdicts"]}
    assert {name: one["verdict"] for name, one in verdicts.items()} == {
        name: planted["verdict"] for name, planted in truth.items()
    }
    for name, planted in truth.items():
        assert verdicts[name]["metrics"]["rows"] == planted["rows"]
    assert "cannot be read" in verdicts[TORN]["reasons"][0]
    missing = truth["city"]["faults"]["missing"]
    cells = 4 * truth["city"]["rows"]
    assert verdicts["city"]["metrics"]["missing"] == pytest.approx(100 * missing / cells)

    report = results.blob(f"{folder}/report/multiqc.html").download_as_text()
    assert all(path.stem in report for path in tables)
    clean = results.blob(f"{folder}/results/clean/city.parquet").download_as_bytes()
    assert clean.startswith(b"PAR1")

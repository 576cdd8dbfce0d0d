"""Rules that Snakemake drives in the machine: scripts, notebooks, wrappers, modules."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.cloud import storage

from headrace.services.protocol import ServiceName
from localcloud.testing import LocalCloud
from tests.e2e.conftest import IMAGES, Head, make_head

HERE = Path(__file__).parent
STAND_INS = HERE / "stand_ins"
"""Programs that no test machine has: R, and papermill with its kernels."""


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    """A local cloud whose controller image has R and papermill."""
    images = {**IMAGES, "headrace-control*": STAND_INS}
    with LocalCloud.start(buckets=["inbox", "results"], images=images) as running:
        yield running


@pytest.fixture
def kinds(cloud: LocalCloud, client: storage.Client, tmp_path: Path, service: ServiceName) -> Head:
    """A head in a Git repository, whose files travel with jobs that Snakemake drives."""
    head = make_head(cloud, client, tmp_path, service, sorted((HERE / "kinds").iterdir()))
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    return head


def test_every_kind_that_snakemake_drives_leaves_what_it_should(kinds: Head) -> None:
    groups = ["--groups", "two=pair", "--group-components", "pair=2"]
    result = kinds.snakemake("--wrapper-prefix", "file:wrappers/", *groups)
    assert result.returncode == 0, result.stderr

    assert kinds.text("res/bash.txt") == "from bash\n"
    assert kinds.text("res/python.txt") == "FROM BASH value 2\n"
    assert kinds.text("logs/python.log") == "described\n"
    assert kinds.text("bench/python.tsv").startswith("s\th:m:s\tmax_rss")
    assert "snakemake@output[[1]]" in kinds.text("res/r.txt"), "Rscript got the rule's script"
    assert kinds.text("res/notebook.txt") == "notebook read from bash\n"
    assert "snakemake-job-properties" in kinds.text("logs/notebook.ipynb")
    assert kinds.text("res/wrapper.txt").strip() == "10"
    assert kinds.text("res/hello.txt") == "hello module\n"
    assert kinds.text("res/hello_again.txt") == "hello module\n"
    assert kinds.text("res/pairs.txt") == "1\n2\n"
    assert result.stderr.count("Submitted one+two as") == 1, "two pairs share one machine"
    assert not kinds.names("tmp/"), "what passed between them did not leave it"
    assert kinds.text("res/expected.txt") == "attempt 2\n"

    again = kinds.snakemake("--wrapper-prefix", "file:wrappers/")
    assert again.returncode == 0, again.stderr
    assert "Nothing to be done" in again.stderr, f"{result.stderr}\n{again.stderr}"

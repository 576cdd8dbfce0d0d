"""The same results, wherever and however the workflow runs: contents, not bytes.

One run by plain Snakemake, on one processor, job by job; one on the local cloud, on machines with
two, the steps of a sample fused into one job; one that an upload starts, whose every program, the
controller included, runs in a container. What differs in only one of these ways cannot hide.
"""

import json
import os
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from google.cloud import storage

from examples import local as stack
from examples.sequencing.samples import KINDS
from examples.sequencing.simulate import simulate
from headrace import storage_client
from headrace.services.protocol import ServiceName
from localcloud.testing import LocalCloud
from tests.contract.localcloud.container_image import our_images
from tests.contract.localcloud.debian import NotHereError
from tests.e2e.conftest import PROGRAMS, RUN_SECONDS, Head, make_head
from tests.e2e.sequencing import ROOT, Run, prepare, snakemake, write_sheet

pytestmark = pytest.mark.timeout(900)  # the runs wait for others on a busy machine
FUSED = (
    "check_fastq",
    "qc_raw",
    "trim_paired",
    "align",
    "mark_duplicates",
    "alignment_statistics",
    "call_variants",
    "consensus",
    "collect_metrics",
)
SETTINGS = ["samples=config/samples.tsv", 'tools={"qc": "sequali"}']


@pytest.fixture(scope="module", autouse=True)
def _tools_on_path() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{PROGRAMS}")
        yield


@pytest.fixture(name="data", scope="module")
def _data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "data"
    simulate(folder, seed=3, kinds=[KINDS["good"]], scale=0.6)
    return folder


@pytest.fixture(name="local", scope="module")
def _local(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Run:
    folder = tmp_path_factory.mktemp("local")
    prepare(folder)
    sheet(folder, str(data))
    done = snakemake(
        folder,
        "results/verdicts.json",
        "--config",
        *SETTINGS,
        f"reference={data}/genome.fa",
        cores=1,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return Run(folder, done.stdout, done.returncode)


@pytest.fixture(name="head", scope="module")
def _head(
    tmp_path_factory: pytest.TempPathFactory,
    cloud: LocalCloud,
    client: storage.Client,
    data: Path,
) -> Head:
    for path in [data / "genome.fa", *(data / "reads").iterdir()]:
        client.bucket("inbox").blob(str(path.relative_to(data))).upload_from_filename(path)
    rooms = [ROOT / room for room in ("workflow", "config", "images")]
    folder = tmp_path_factory.mktemp("head")
    head = make_head(cloud, client, folder, ServiceName.BATCH, rooms)
    sheet(folder, "gs://inbox")
    groups = [f"{rule}=sample" for rule in FUSED]
    settings = ["--config", *SETTINGS, "reference=gs://inbox/genome.fa"]
    done = head.snakemake(
        "results/verdicts.json", "report/multiqc.html", "--groups", *groups, *settings
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return head


def sheet(folder: Path, place: str) -> None:
    mates = [f"{place}/reads/good_L001_R{mate}.fastq.gz" for mate in (1, 2)]
    write_sheet(
        folder / "config" / "samples.tsv", [["good", "L001", *mates, "", "ILLUMINA", "lib1"]]
    )


@pytest.fixture(name="fetched", scope="module")
def _fetched(tmp_path_factory: pytest.TempPathFactory, head: Head) -> Run:
    return fetch(head.bucket, head.run, tmp_path_factory.mktemp("fetched"))


@pytest.fixture(name="contained", scope="module")
def _contained(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Run:
    """What an upload leaves where everything but the function runs in containers."""
    try:
        _, built = our_images("stage", "controller", "tools")
    except NotHereError as error:
        pytest.skip(f"CONTAINERS ARE NOT COMPARED WITH PROCESSES: {error}")
    stand_for = {
        "headrace-controller": built["controller"],
        "headrace-stage": built["stage"],
        "*": built["tools"],
    }
    environment = {
        **stack.function_environment(),
        "HEADRACE_SERVICE": ServiceName.BATCH.value,
        "HEADRACE_WORKFLOW_HOME": "/opt/headrace",
        "HEADRACE_FUSE": "auto",
    }
    with (
        LocalCloud.start(
            buckets=["inbox", "results"],
            functions=[f"{ROOT / 'trigger' / 'main.py'}:handle@inbox"],
            function_env=environment,
            images=stand_for,
            options=["--runtime=container"],
        ) as cloud,
        closing(storage_client.connect(cloud.project, cloud.storage_url)) as client,
    ):
        inbox = client.bucket("inbox")
        inbox.blob(stack.REFERENCE).upload_from_filename(data / "genome.fa")
        for mate in (1, 2):
            name = f"good_L001_R{mate}.fastq.gz"
            inbox.blob(f"lab/{name}").upload_from_filename(data / "reads" / name)
        bucket = client.bucket("results")
        return fetch(bucket, ended_well(bucket), tmp_path_factory.mktemp("contained"))


def ended_well(bucket: storage.Bucket) -> str:
    """Wait for the end of the only run; returns its id."""
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        for blob in bucket.list_blobs(prefix="runs/"):
            if blob.name.endswith("/error.json"):
                pytest.fail(blob.download_as_text())
            if blob.name.endswith("/outputs.json"):
                return str(json.loads(blob.download_as_bytes())["run_id"])
        time.sleep(0.5)
    pytest.fail(f"no run ended in {RUN_SECONDS} s")


def fetch(bucket: storage.Bucket, run: str, folder: Path) -> Run:
    """Bring a run's results here."""
    for blob in bucket.list_blobs(prefix=f"runs/{run}/results/"):
        file = folder / blob.name.removeprefix(f"runs/{run}/")
        file.parent.mkdir(parents=True, exist_ok=True)
        blob.download_to_filename(file)
    return Run(folder, "", 0)


WHAT = ["alignments", "variants", "consensus", "depth", "metrics"]
TABLES = ["verdicts.tsv", "metrics.tsv", "metrics.schema.json"]


@pytest.mark.parametrize("what", WHAT)
def test_local_job_by_job_and_fused_on_the_cloud_give_the_same(
    local: Run, fetched: Run, what: str
) -> None:
    expected = local.contents("good")[what]
    assert len(expected) > 100
    assert fetched.contents("good")[what] == expected


@pytest.mark.parametrize("what", WHAT)
def test_processes_and_containers_give_the_same(fetched: Run, contained: Run, what: str) -> None:
    expected = fetched.contents("good")[what]
    assert len(expected) > 100
    assert contained.contents("good")[what] == expected


@pytest.mark.parametrize("name", TABLES)
def test_both_make_the_same_tables(local: Run, fetched: Run, name: str) -> None:
    path = f"results/{name}"
    assert (fetched.folder / path).read_text() == (local.folder / path).read_text()


@pytest.mark.parametrize("name", TABLES)
def test_processes_and_containers_make_the_same_tables(
    fetched: Run, contained: Run, name: str
) -> None:
    path = f"results/{name}"
    assert (contained.folder / path).read_text() == (fetched.folder / path).read_text()


def test_snakemakes_own_report_has_captions_from_files_here_and_in_the_bucket(
    local: Run, head: Head, tmp_path: Path
) -> None:
    target = tmp_path / "local.zip"
    done = snakemake(
        local.folder,
        "results/verdicts.json",
        "--report",
        str(target),
        "--config",
        *SETTINGS,
        f"reference={data_of(local)}",
        cores=1,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "PASS, WARN or FAIL for each sample" in pages(target)

    target = head.folder / "cloud.zip"
    settings = ["--config", *SETTINGS, "reference=gs://inbox/genome.fa"]
    done = head.snakemake("report/multiqc.html", "--report", target.name, *settings)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "PASS, WARN or FAIL for each sample" in pages(target)
    assert "The whole report: verdicts and their reasons" in pages(target)


def data_of(local: Run) -> str:
    """The reference's path, from the sheet beside it."""
    row = (local.folder / "config" / "samples.tsv").read_text().splitlines()[1]
    return str(Path(row.split("\t")[2]).parents[1] / "genome.fa")


def pages(report: Path) -> str:
    """All that people can read in a report."""
    with zipfile.ZipFile(report) as archive:
        names = [name for name in archive.namelist() if name.endswith((".html", ".js"))]
        return "".join(archive.read(name).decode(errors="replace") for name in names)

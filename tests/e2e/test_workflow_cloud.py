"""The same results, wherever and however the workflow runs: contents, not bytes.

One run by plain Snakemake, on one processor, job by job; one on the local cloud, on machines with
two, the steps of a sample fused into one job. What differs in only one of these ways cannot hide.
"""

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.cloud import storage

from examples.sequencing.samples import KINDS
from examples.sequencing.simulate import simulate
from headrace.services.protocol import ServiceName
from localcloud.testing import LocalCloud
from tests.e2e.conftest import PROGRAMS, Head, make_head
from tests.e2e.sequencing import ROOT, Run, prepare, snakemake, write_sheet

pytestmark = pytest.mark.timeout(900)  # both runs wait for others on a busy machine
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
    """The cloud run's results, brought here."""
    folder = tmp_path_factory.mktemp("fetched")
    for name in head.names("results/"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        head.bucket.blob(f"runs/{head.run}/{name}").download_to_filename(folder / name)
    return Run(folder, "", 0)


@pytest.mark.parametrize("what", ["alignments", "variants", "consensus", "depth", "metrics"])
def test_local_job_by_job_and_fused_on_the_cloud_give_the_same(
    local: Run, fetched: Run, what: str
) -> None:
    expected = local.contents("good")[what]
    assert len(expected) > 100
    assert fetched.contents("good")[what] == expected


def test_both_make_the_same_tables(local: Run, fetched: Run) -> None:
    for name in ("verdicts.tsv", "metrics.tsv", "metrics.schema.json"):
        path = f"results/{name}"
        assert (fetched.folder / path).read_text() == (local.folder / path).read_text()


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

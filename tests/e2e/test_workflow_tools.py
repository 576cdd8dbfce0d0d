"""Other tools by configuration: the same files where people look, metrics that mean the same.

FastQC and fastp come from Debian where they are not here. Targets, primers and the profile for
amplicons go the same way in one of the runs.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.sequencing.samples import KINDS
from examples.sequencing.simulate import simulate
from tests.contract.localcloud.debian import NotHereError, find
from tests.e2e.conftest import PROGRAMS
from tests.e2e.sequencing import Run, prepare, snakemake, tool, write_sheet

pytestmark = pytest.mark.timeout(900)  # the runs wait for others on a busy machine
AMPLICON = ["profile=amplicon", "targets=targets.bed", "primers=primers.bed"]
RUNS = {
    "usual": ['tools={"qc": "sequali", "trimming": "cutadapt"}'],
    "fastp": ['tools={"qc": "fastp", "trimming": "fastp"}'],
    "fastqc": ['tools={"qc": "fastqc", "trimming": "cutadapt"}', *AMPLICON],
}
PAGES = {"qc/raw/adapters_L001.html"}
TRIMMED = {f"trimmed/adapters_L001{end}" for end in ("_R1.fastq.gz", "_R2.fastq.gz", ".json")}


@pytest.fixture(scope="module", autouse=True)
def _tools_on_path() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{PROGRAMS}")
        yield


@pytest.fixture(name="runs", scope="module")
def _runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    try:
        for name in ("fastp", "fastqc"):
            find(name, name)
    except NotHereError as error:
        pytest.skip(f"OTHER TOOLS ARE NOT TESTED: {error}")
    data = tmp_path_factory.mktemp("data") / "data"
    simulate(data, seed=5, kinds=[KINDS["adapters"]], scale=0.2)
    mates = [str(data / f"reads/adapters_L001_R{mate}.fastq.gz") for mate in (1, 2)]
    return {name: run(tmp_path_factory.mktemp(name), mates, data, RUNS[name]) for name in RUNS}


def run(folder: Path, mates: list[str], data: Path, settings: list[str]) -> Run:
    prepare(folder)
    write_sheet(folder / "samples.tsv", [["adapters", "L001", *mates, "", "ILLUMINA", "lib1"]])
    (folder / "targets.bed").write_text("chr1\t1000\t41000\n")
    (folder / "primers.bed").write_text("chr1\t2000\t2030\tp1\t0\t+\nchr1\t2100\t2130\tp2\t0\t-\n")
    target = ["results/metrics.tsv"]
    settings = ["samples=samples.tsv", f"reference={data}/genome.fa", *settings]
    done = snakemake(folder, *target, "--config", *settings)
    assert done.returncode == 0, done.stdout[-4000:]
    return Run(folder, done.stdout, done.returncode)


@pytest.mark.parametrize("name", RUNS)
def test_people_find_the_same_files_whatever_the_tool(runs: dict[str, Run], name: str) -> None:
    results = runs[name].folder / "results"
    for file in PAGES | TRIMMED:
        assert (results / file).stat().st_size > 0, file
    assert "<html" in (results / "qc/raw/adapters_L001.html").read_text()[:500].lower() or (
        "iframe" in (results / "qc/raw/adapters_L001.html").read_text()[:500]
    )


@pytest.mark.parametrize("name", ["fastp", "fastqc"])
@pytest.mark.parametrize(
    ("metric", "apart"),
    [("reads", 0), ("read_length", 0.01), ("gc", 0.05), ("adapters", 8), ("bases_kept", 3)],
)
def test_metrics_mean_the_same_whatever_the_tool(
    runs: dict[str, Run], name: str, metric: str, apart: float
) -> None:
    """Most reads of this sample have adapters, of which fastp sees some by overlap only."""
    usual = runs["usual"].verdict("adapters")["metrics"]
    other = runs[name].verdict("adapters")["metrics"]
    assert other[metric] == pytest.approx(usual[metric], abs=apart)


def test_the_report_names_the_tools_that_were_used(runs: dict[str, Run]) -> None:
    used = {
        name: set(run.json("results/metrics/adapters.json")["software"])
        for name, run in runs.items()
    }
    assert {"sequali", "cutadapt"} <= used["usual"]
    assert "fastp" in used["fastp"]
    assert {"fastqc", "cutadapt"} <= used["fastqc"]
    assert not used["fastp"] & {"sequali", "cutadapt", "fastqc"}


def test_copies_of_amplicons_stay_and_primers_are_clipped(runs: dict[str, Run]) -> None:
    results = runs["fastqc"].folder / "results"
    metrics = runs["fastqc"].verdict("adapters")["metrics"]
    assert metrics["duplicates"] is None
    assert runs["usual"].verdict("adapters")["metrics"]["duplicates"] > 5
    assert tool("samtools", "view", "-c", "-f", "1024", results / "alignment/adapters.bam") == "0\n"
    counts = (results / "alignment/adapters.primers.txt").read_text()
    assert int(counts.split("TOTAL CLIPPED: ")[1].split()[0]) > 0


def test_targets_bound_calls_depth_and_consensus(runs: dict[str, Run]) -> None:
    results = runs["fastqc"].folder / "results"
    calls = tool("bcftools", "query", "-f", "%CHROM %POS\\n", results / "variants/adapters.vcf.gz")
    places = [line.split() for line in calls.splitlines()]
    assert all(contig == "chr1" and 1000 < int(at) <= 41000 for contig, at in places)
    depths = (results / "alignment/adapters.depth.tsv").read_text().splitlines()
    assert sum(int(line.split("\t")[1]) for line in depths) == 40_000
    assert runs["fastqc"].verdict("adapters")["metrics"]["on_target"] == pytest.approx(40, abs=4)
    masked = (results / "alignment/adapters.low_depth.bed").read_text()
    assert "plasmid1\t0\t20000" in masked
    assert masked.startswith("chr1\t0\t1")

"""What was planted is found: five kinds of sample, three seeds each, in one run.

Beside them lie the reads of a good sample in two lanes, and as unaligned BAM: the same comes out.
"""

import gzip
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.sequencing.evaluate import Accuracy, evaluate
from examples.sequencing.samples import KINDS, SampleKind
from examples.sequencing.simulate import simulate
from tests.contract.localcloud.debian import NotHereError, find
from tests.e2e.sequencing import Run, prepare, snakemake, tool, write_sheet
from workflow.lib.metrics import METRICS

SEEDS = (7, 11, 12)
NAMES = ("good", "good_se", "shallow", "adapters", "contaminated")
pytestmark = pytest.mark.timeout(900)  # the run waits for all others on a busy machine
CASES = [(name, seed) for name in NAMES for seed in SEEDS]
TITLES = {name: metric.title.format(depth=10) for name, metric in METRICS.items()}


@pytest.fixture(scope="module", autouse=True)
def _tools_on_path() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{Path(sys.executable).parent}")
        yield


def quick_qc() -> str:
    """The QC tool that takes least time, of those that are here or can be brought."""
    try:
        find("fastp", "fastp")
    except NotHereError:
        return "sequali"
    return "fastp"


def split(source: Path, targets: list[Path]) -> None:
    """Deal the reads of a file out to several, one part after the other."""
    lines = gzip.decompress(source.read_bytes()).splitlines(keepends=True)
    records = len(lines) // 4
    bounds = [4 * (records * part // len(targets)) for part in range(len(targets) + 1)]
    for target, start, end in zip(targets, bounds, bounds[1:], strict=False):
        target.write_bytes(gzip.compress(b"".join(lines[start:end]), compresslevel=1))


@pytest.fixture(name="run", scope="module")
def _run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("truth")
    prepare(folder)
    rows = []
    for seed in SEEDS:
        data = folder / f"data{seed}"
        simulate(data, seed=seed, kinds=[KINDS[n] for n in NAMES], scale=1, reference_seed=1)
        for name in NAMES:
            mates = [data / f"reads/{name}_L001_R{mate}.fastq.gz" for mate in (1, 2)]
            second = str(mates[1]) if KINDS[name].paired else ""
            rows.append([f"{name}{seed}", "L001", str(mates[0]), second, "", "ILLUMINA", "lib1"])
    whole = [folder / f"data7/reads/good_L001_R{mate}.fastq.gz" for mate in (1, 2)]
    for mate, source in enumerate(whole, start=1):
        split(source, [folder / f"lane{lane}_{mate}.fastq.gz" for lane in (1, 2)])
    for lane in (1, 2):
        files = [str(folder / f"lane{lane}_{mate}.fastq.gz") for mate in (1, 2)]
        rows.append(["lanes", f"L{lane}", *files, "", "ILLUMINA", "lib1"])
    bam = folder / "unaligned.bam"
    tool("samtools", "import", "-1", whole[0], "-2", whole[1], "-o", bam)
    rows.append(["unaligned", "L001", "", "", str(bam), "ILLUMINA", "lib1"])
    write_sheet(folder / "samples.tsv", rows)
    settings = ["samples=samples.tsv", "reference=data7/genome.fa"]
    tools = f'tools={{"qc": "{quick_qc()}"}}'
    done = snakemake(folder, "results/verdicts.json", "--config", *settings, tools)
    return Run(folder, done.stdout, done.returncode)


def accuracy(run: Run, name: str, seed: int) -> dict[str, Accuracy]:
    return evaluate(
        run.folder / f"data{seed}/truth/{name}.vcf",
        run.folder / f"results/variants/{name}{seed}.vcf.gz",
        run.folder / f"data{seed}/genome.fa",
    )


def test_the_run_ends_well(run: Run) -> None:
    assert run.exit_code == 0, run.output[-4000:]


@pytest.mark.parametrize(("name", "seed"), CASES)
def test_every_sample_gets_the_verdict_it_deserves_for_what_was_planted(
    run: Run, name: str, seed: int
) -> None:
    kind: SampleKind = KINDS[name]
    verdict = run.verdict(f"{name}{seed}")
    assert verdict["verdict"] == kind.verdict.value, verdict["reasons"]
    tripped = {metric for metric in METRICS if any_of(verdict["reasons"], TITLES[metric])}
    assert tripped >= set(kind.tripped)
    if not kind.tripped:
        assert verdict["reasons"] == []


def any_of(reasons: list[str], title: str) -> bool:
    return any(reason.startswith(f"{title}: ") for reason in reasons)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ["good", "good_se", "adapters"])
def test_planted_variants_are_called_and_no_others(run: Run, name: str, seed: int) -> None:
    found = accuracy(run, name, seed)
    assert found["SNV"].planted > 75
    assert found["indel"].planted > 10
    least = {"good": 0.95, "good_se": 0.9, "adapters": 0.7}[name]
    assert found["SNV"].recall >= least
    assert found["indel"].recall >= least - 0.1
    assert min(each.precision for each in found.values()) >= 0.97


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ["shallow", "contaminated"])
def test_of_bad_samples_hardly_anything_wrong_is_called(run: Run, name: str, seed: int) -> None:
    """A contaminated one also has some of the other individual's variants, at low shares."""
    found = accuracy(run, name, seed)
    least = {"shallow": 0.97, "contaminated": 0.6}[name]
    assert found["SNV"].called > 0
    assert found["SNV"].precision >= least


@pytest.mark.parametrize("seed", SEEDS)
def test_a_contamination_is_told_from_none(run: Run, seed: int) -> None:
    metrics = {
        name: run.verdict(f"{name}{seed}")["metrics"]["minor_alleles"]
        for name in ("good", "good_se", "contaminated")
    }
    assert max(metrics["good"], metrics["good_se"]) < 3
    assert metrics["contaminated"] > 8
    assert run.verdict(f"shallow{seed}")["metrics"]["minor_alleles"] is None


@pytest.mark.parametrize("seed", SEEDS)
def test_the_consensus_has_the_planted_homozygous_snvs(run: Run, seed: int) -> None:
    reference = sequences(run.folder / "data7/genome.fa")
    consensus = sequences(run.folder / f"results/consensus/good{seed}.fa")
    assert {name.removeprefix(f"good{seed}_") for name in consensus} == set(reference)
    snvs = [
        (contig, int(position), alternative)
        for contig, position, _, ref, alternative, *_, genotype in truth(run, seed)
        if genotype == "1|1" and len(ref) == len(alternative) == 1
    ]
    assert len(snvs) > 15
    shown = 0
    for contig, position, alternative in snvs:
        around = reference[contig][position : position + 12]  # what follows it, in the reference
        shown += f"{alternative}{around}" in consensus[f"good{seed}_{contig}"]
    assert shown >= 0.9 * len(snvs)


def truth(run: Run, seed: int) -> list[list[str]]:
    lines = (run.folder / f"data{seed}/truth/good.vcf").read_text().splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


def sequences(fasta: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in fasta.read_text().split(">")[1:]:
        name, *lines = entry.splitlines()
        found[name] = "".join(lines)
    return found


@pytest.mark.parametrize("sample", ["lanes", "unaligned"])
def test_reads_in_two_lanes_or_as_unaligned_bam_give_the_same_results(
    run: Run, sample: str
) -> None:
    expected, found = run.contents("good7"), run.contents(sample)
    for what in ("variants", "consensus", "depth"):
        assert without_order(found[what]) == without_order(expected[what]), what
    assert run.verdict(sample)["metrics"] == pytest.approx(run.verdict("good7")["metrics"])


def without_order(text: str) -> list[str]:
    return sorted(text.splitlines())

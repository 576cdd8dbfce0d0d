"""The whole workflow under plain Snakemake, with local files and the tools of the wheels.

One run serves most tests here: good samples beside every kind of bad input.
"""

import csv
import gzip
import os
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.sequencing.evaluate import evaluate
from examples.sequencing.samples import DEFAULT_KINDS, KINDS
from examples.sequencing.simulate import simulate
from tests.e2e.sequencing import ROOT, Run, prepare, snakemake
from workflow.lib.picture import draw, read_graph


@pytest.fixture(scope="module", autouse=True)
def _tools_on_path() -> Iterator[None]:
    """The wheels' tools come last, as in the local cloud."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{Path(sys.executable).parent}")
        yield


def damaged_reads(folder: Path, name: str) -> list[Path]:
    """Copies of the good sample's first lane, one of them damaged in the way `name` says."""
    whole = [folder / "data" / "reads" / f"good_L001_R{mate}.fastq.gz" for mate in (1, 2)]
    content = [path.read_bytes() for path in whole]
    match name:
        case "empty":
            content[0] = b""
        case "truncated":
            content[1] = content[1][: len(content[1]) // 2]
        case "not_gzip":
            content[0] = gzip.decompress(content[0])
        case "mismatched":
            lines = gzip.decompress(content[1]).splitlines(keepends=True)
            content[1] = gzip.compress(b"".join(lines[: 4 * 9000]))
        case "all_trimmed":
            record = b"@r%d\nACGT\n+\nIIII\n"
            content = [gzip.compress(b"".join(record % n for n in range(6000)))]
        case "no_reads":
            content = [gzip.compress(b"")]
        case _:
            raise ValueError(name)
    paths = [folder / f"{name}_{number}.fastq.gz" for number in range(1, len(content) + 1)]
    for path, data in zip(paths, content, strict=True):
        path.write_bytes(data)
    return paths


@pytest.fixture(name="run", scope="module")
def _run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("workflow")
    prepare(folder)
    kinds = [KINDS[name] for name in ("good", "bad", "good_se")]
    simulate(folder / "data", seed=7, kinds=kinds, scale=1)
    with (folder / "data" / "samples.tsv").open("a", newline="") as file:
        sheet = csv.writer(file, dialect="excel-tab", lineterminator="\n")
        for name in ("empty", "truncated", "not_gzip", "mismatched", "all_trimmed"):
            first, second = [*damaged_reads(folder, name), ""][:2]
            sheet.writerow([name, "L001", first, second, "ILLUMINA", "lib1"])
        [no_reads] = damaged_reads(folder, "no_reads")
        sheet.writerow(["good_se", "L002", no_reads, "", "ILLUMINA", "good_se_lib1"])
    done = snakemake(folder, "--config", "samples=data/samples.tsv", "reference=data/genome.fa")
    return Run(folder, done.stdout, done.returncode)


def test_no_job_fails_whatever_the_input(run: Run) -> None:
    assert run.exit_code == 0, run.output[-4000:]


def test_the_good_sample_passes(run: Run) -> None:
    assert run.verdict("good")["verdict"] == "PASS"
    assert run.verdict("good")["reasons"] == []


def test_planted_variants_are_found(run: Run) -> None:
    accuracies = evaluate(
        run.folder / "data" / "truth" / "good.vcf",
        run.folder / "results" / "variants" / "good.vcf.gz",
        run.folder / "data" / "genome.fa",
    )
    assert accuracies["SNV"].planted > 80
    assert accuracies["indel"].planted > 15
    assert accuracies["SNV"].recall >= 0.95
    assert accuracies["indel"].recall >= 0.9
    assert min(each.precision for each in accuracies.values()) >= 0.98


def test_the_bad_sample_fails_for_what_was_planted(run: Run) -> None:
    verdict = run.verdict("bad")
    assert verdict["verdict"] == "FAIL"
    failed = [reason for reason in verdict["reasons"] if reason.endswith("(FAIL).")]
    for title in ("Bases at Q30 or better", "Mapped reads", "Duplicates"):
        assert any(reason.startswith(f"{title}: ") for reason in failed)
    assert verdict["metrics"]["duplicates"] == pytest.approx(62, abs=3)
    assert verdict["metrics"]["mapped"] == pytest.approx(55, abs=3)


@pytest.mark.parametrize(
    ("sample", "reason"),
    [
        ("empty", "empty_1.fastq.gz is empty (0 bytes); upload it again."),
        (
            "truncated",
            "truncated_2.fastq.gz is cut short: its gzip data end too early; upload it again.",
        ),
        (
            "not_gzip",
            (
                "not_gzip_1.fastq.gz is not gzip-compressed (it begins with b'@S'); "
                "compress it with gzip."
            ),
        ),
        (
            "mismatched",
            (
                "mismatched_1.fastq.gz has 12,000 reads but mismatched_2.fastq.gz has 9,000; "
                "both must hold the same pairs."
            ),
        ),
    ],
)
def test_unusable_files_fail_their_sample_with_one_sentence(
    run: Run, sample: str, reason: str
) -> None:
    verdict = run.verdict(sample)
    assert verdict["verdict"] == "FAIL"
    assert verdict["reasons"] == [reason]
    assert set(verdict["metrics"].values()) == {None}


def test_a_sample_of_which_trimming_leaves_nothing_fails(run: Run) -> None:
    verdict = run.verdict("all_trimmed")
    assert verdict["verdict"] == "FAIL"
    assert "Bases kept by trimming: 0.00 % is below 60 % (FAIL)." in verdict["reasons"]
    assert verdict["metrics"]["mapped"] is None


def test_one_unusable_lane_fails_a_sample_whose_other_lane_is_good(run: Run) -> None:
    """Its first lane, with single reads, passes every gate: no other reason is given."""
    verdict = run.verdict("good_se")
    assert verdict["verdict"] == "FAIL"
    assert verdict["reasons"] == ["no_reads_1.fastq.gz holds no reads."]
    assert verdict["metrics"]["reads"] == 16_000
    assert verdict["metrics"]["mapped"] > 99


def test_the_tables_say_what_the_json_says(run: Run) -> None:
    verdicts = run.json("results/verdicts.json")
    table, metrics = run.table("results/verdicts.tsv"), run.table("results/metrics.tsv")
    assert list(table) == list(metrics) == [each["sample"] for each in verdicts]
    for each in verdicts:
        row = table[each["sample"]]
        assert (row["verdict"], row["reasons"]) == (each["verdict"], " ".join(each["reasons"]))
        for name, value in each["metrics"].items():
            cell = metrics[each["sample"]][name]
            assert (cell == "") if value is None else float(cell) == pytest.approx(value, abs=1e-3)


def test_the_report_shows_verdicts_first_and_every_section(run: Run) -> None:
    html = (run.folder / "report" / "multiqc.html").read_text()
    sections = re.findall(r'<h2 class="mb-0" id="[^"]*">\s*([^<\n]+?)\s*<', html)
    assert sections == [
        "Verdicts",
        "Reasons",
        "Files of this run",
        "Reads as delivered",
        "Trimming",
        "Reads after trimming",
        "Alignment and duplicates",
        "Variants",
        "Software Versions",
        "Depth",
        "Parameters",
    ]
    assert "empty_1.fastq.gz is empty (0 bytes); upload it again." in html
    assert "trimming.min_length" in html
    assert (run.folder / "logs" / "report.log").read_text() == ""


def test_the_report_lists_the_versions_of_all_tools(run: Run) -> None:
    with zipfile.ZipFile(run.folder / "report" / "multiqc_data.zip") as data:
        listed = data.read("multiqc_software_versions.txt").decode()
    for tool in ("sequali", "cutadapt", "minimap2", "samtools", "bcftools"):
        assert tool in listed


def test_a_second_run_has_nothing_to_do(run: Run) -> None:
    options = ("-n", "--config", "samples=data/samples.tsv", "reference=data/genome.fa")
    assert "Nothing to be done" in snakemake(run.folder, *options).stdout


def test_the_picture_in_the_readme_shows_the_rules_of_the_committed_sheet(tmp_path: Path) -> None:
    """To renew it: `make demo`, then the command at the head of workflow/lib/picture.py."""
    prepare(tmp_path)
    kinds = [KINDS[name] for name in DEFAULT_KINDS]
    simulate(tmp_path / "examples" / "sequencing" / "data", seed=7, kinds=kinds, scale=0.02)
    dot = snakemake(tmp_path, "--rulegraph").stdout
    assert draw(read_graph(dot)) == (ROOT / "workflow" / "rules.svg").read_text()


def test_the_catalogues_test_case_can_be_run_as_it_says(tmp_path: Path) -> None:
    prepare(tmp_path)
    shutil.copytree(ROOT / ".test" / "config", tmp_path / ".test" / "config")
    simulate(tmp_path / ".test" / "data", seed=7, kinds=[KINDS["good"]], scale=0.02)
    done = snakemake(tmp_path, "-n", "--configfile", ".test/config/config.yaml")
    assert done.returncode == 0, done.stdout
    assert "align" in done.stdout


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ("--config", "refrence=x.fa"),
            "configuration: unknown key 'refrence'; did you mean 'reference'?",
        ),
        (
            ("--config", "samples=absent.tsv"),
            "absent.tsv: cannot be read (No such file or directory).",
        ),
    ],
)
def test_bad_settings_are_one_sentence_before_any_job(
    tmp_path: Path, options: tuple[str, ...], sentence: str
) -> None:
    prepare(tmp_path)
    done = snakemake(tmp_path, "-n", *options)
    assert done.returncode != 0
    assert sentence in done.stdout.splitlines()
    assert "Traceback" not in done.stdout

"""What the README says works."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import REPOSITORY

README = (REPOSITORY / "README.md").read_text()
SHEET = (
    "sample\tlane\tfastq_1\tfastq_2\tplatform\tlibrary\n"
    "s1\tL001\tr1.fq.gz\tr2.fq.gz\tILLUMINA\ts1\n"
)


def test_the_example_of_a_new_tool_is_a_rule_of_the_workflow(tmp_path: Path) -> None:
    """Its file is put beside the others and included, as the README says; then it is planned."""
    (rule,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    for folder in ("workflow", "config"):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder)
    (tmp_path / "workflow/rules/count_reads.smk").write_text(rule)
    with (tmp_path / "workflow/Snakefile").open("a") as snakefile:
        snakefile.write('\n\ninclude: "rules/count_reads.smk"\n')
    for name in ("r1.fq.gz", "r2.fq.gz", "genome.fa"):
        (tmp_path / name).touch()
    (tmp_path / "samples.tsv").write_text(SHEET)
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "-n",
        "results/counts/s1_L001.txt",
        "--cores",
        "1",
    ]
    planned = subprocess.run(
        [*command, "--config", "samples=samples.tsv", "reference=genome.fa"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert planned.returncode == 0, planned.stderr
    assert "rule count_reads:" in planned.stdout + planned.stderr


@pytest.mark.parametrize(
    "target", sorted(set(re.findall(r"(?:^ {4}|`)make ([a-z]+)", README, re.MULTILINE)))
)
def test_every_make_target_it_names_is_listed_by_make_help(target: str) -> None:
    listed = subprocess.run(
        ["make", "help"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert f"make {target} " in listed.stdout


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_every_file_it_links_to_is_there(link: str) -> None:
    assert (REPOSITORY / link).exists()

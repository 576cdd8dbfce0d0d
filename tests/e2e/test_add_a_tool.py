"""docs/add-a-tool.md, followed word by word in a fresh copy, from nothing to the tool's report."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from headrace.local import STATE_FOLDER
from tests.contract.localcloud import debian
from tests.e2e.conftest import PROGRAMS, REPOSITORY

PAGE = (REPOSITORY / "docs" / "add-a-tool.md").read_text()
RULE = "workflow/rules/read_lengths.smk"
STEP_SECONDS = 280

PLAYED: Mapping[str, list[str]] = {
    "make up": [sys.executable, "-m", "examples.local"],
    "make down": [str(PROGRAMS / "localcloud"), "down", f"--state={STATE_FOLDER}"],
}
"""What these targets run, without an environment of the copy's own."""


def commands() -> Iterator[str]:
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL):
        yield from block.splitlines()


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Path]:
    """The files that Git knows, as a clone has them; no local cloud is left behind."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
    )
    home = tmp_path / "copy"
    for name in filter(None, listed.stdout.decode().split("\0")):
        source, target = REPOSITORY / name, home / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_symlink():
            target.symlink_to(source.readlink())
        elif source.exists():
            shutil.copy2(source, target)
    yield home
    run("make down", home)


def run(line: str, folder: Path) -> str:
    """Run a command of the page; fails with what it said."""
    command = PLAYED.get(line) or line.split()
    path = os.pathsep.join([str(PROGRAMS), os.environ["PATH"]])
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=STEP_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout


def write_the_command(copy: Path) -> None:
    """Put the page's shell directive in place of the scaffold's, to its end."""
    (shell,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    path = copy / RULE
    before, _, _ = path.read_text().partition("    shell:\n")
    path.write_text(before + shell)


@pytest.mark.timeout(600)
def test_the_page_adds_a_real_tool_whose_table_is_in_the_report(copy: Path) -> None:
    try:
        debian.find("seqkit", "seqkit")
    except debian.NotHereError as reason:
        pytest.skip(str(reason))
    said: dict[str, str] = {}
    for line in commands():
        if line.startswith("apt-get"):
            continue  # done above, where it may be
        said[line] = run(line, copy)
        if line.startswith("headrace new-rule"):
            write_the_command(copy)
    assert "Nothing to mend" in said["headrace lint"]
    assert "2 passed" in said["python -m pytest -q tests/rules"]

    (table,) = copy.glob(f"{STATE_FOLDER}/storage/results/runs/*/results/read_lengths/*_mqc.tsv")
    heading, row = (line.split("\t") for line in table.read_text().splitlines())
    assert heading[:4] == ["file", "format", "type", "num_seqs"]
    assert row[0] == "good_L001_R1.fastq.gz"
    assert int(row[3]) > 10_000
    report = table.parents[2] / "report"
    assert "Read Lengths" in (report / "multiqc.html").read_text()
    with zipfile.ZipFile(report / "multiqc_data.zip") as data:
        texts = [data.read(name).decode(errors="replace") for name in data.namelist()]
    assert any("good_L001_R1" in text and row[3] in text.replace(",", "") for text in texts)

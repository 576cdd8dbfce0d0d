"""The console commands are run as users run them: as processes with a PATH of their own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

LAUNCHER = """#!{python}
import sys
{before}
from wheeltools import {tool}
if __name__ == "__main__":
    sys.exit({tool}())
"""


def write_program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def write_launcher(folder: Path, tool: str, before: str = "") -> Path:
    text = LAUNCHER.format(python=sys.executable, tool=tool, before=before)
    return write_program(folder / tool, text)


def run(
    program: Path | str, *arguments: str, path: list[Path], stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    search = os.pathsep.join([*map(str, path), "/usr/bin", "/bin"])
    return subprocess.run(
        [program, *arguments],
        env={"PATH": search},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("tool", "expected"),
    [("samtools", "samtools 1."), ("bcftools", "bcftools 1."), ("minimap2", "2.")],
)
def test_runs_the_program_in_the_wheel(tmp_path: Path, tool: str, expected: str) -> None:
    launcher = write_launcher(tmp_path, tool)
    result = run(launcher, "--version", path=[tmp_path])
    assert result.returncode == 0
    assert result.stdout.startswith(expected)


def test_reads_standard_input_and_writes_standard_output(tmp_path: Path) -> None:
    launcher = write_launcher(tmp_path, "samtools")
    sam = "@SQ\tSN:chr1\tLN:100\nr1\t0\tchr1\t1\t60\t4M\t*\t0\t0\tACGT\tIIII\n"
    assert run(launcher, "view", "-c", "-", path=[tmp_path], stdin=sam).stdout == "1\n"


def test_passes_the_exit_code_and_the_message_of_a_failure_on(tmp_path: Path) -> None:
    launcher = write_launcher(tmp_path, "samtools")
    result = run(launcher, "view", str(tmp_path / "absent.bam"), path=[tmp_path])
    assert result.returncode == 1
    assert "No such file or directory" in result.stderr


def test_dies_of_a_closed_pipe_like_a_native_program(tmp_path: Path) -> None:
    launcher = write_launcher(tmp_path, "samtools")
    sam = tmp_path / "reads.sam"
    reads = (f"r{n}\t4\t*\t0\t0\t*\t*\t0\t0\tACGT\tIIII\n" for n in range(50_000))
    sam.write_text("@HD\tVN:1.6\n" + "".join(reads))
    script = f"set -o pipefail; {launcher} view {sam} | head -n 1"
    result = run("bash", "-c", script, path=[tmp_path])
    assert result.stdout == "r0\t4\t*\t0\t0\t*\t*\t0\t0\tACGT\tIIII\n"
    assert result.returncode == 128 + signal.SIGPIPE
    assert result.stderr == ""


def test_a_native_tool_elsewhere_on_the_path_wins(tmp_path: Path) -> None:
    launcher = write_launcher(tmp_path / "venv", "samtools")
    write_program(tmp_path / "native" / "samtools", '#!/bin/sh\necho "native $@"\nexit 3\n')
    result = run(launcher, "view", "a b", path=[tmp_path / "venv", tmp_path / "native"])
    assert (result.returncode, result.stdout) == (3, "native view a b\n")


def test_other_launchers_of_ours_are_passed_over(tmp_path: Path) -> None:
    first = write_launcher(tmp_path / "one", "samtools")
    write_launcher(tmp_path / "two", "samtools")
    result = run(first, "--version", path=[tmp_path / "two", tmp_path / "one"])
    assert result.stdout.startswith("samtools 1.")


def test_a_wrapper_leading_back_to_the_launcher_makes_no_loop(tmp_path: Path) -> None:
    """A pyenv shim is a native-looking script that starts the launcher again."""
    launcher = write_launcher(tmp_path / "venv", "samtools")
    write_program(tmp_path / "shims" / "samtools", f'#!/bin/sh\nexec {launcher} "$@"\n')
    result = run(launcher, "--version", path=[tmp_path / "shims"])
    assert result.stdout.startswith("samtools 1.")


def test_folders_and_files_without_execute_permission_are_no_tools(tmp_path: Path) -> None:
    launcher = write_launcher(tmp_path / "venv", "samtools")
    (tmp_path / "folder" / "samtools").mkdir(parents=True)
    write_program(tmp_path / "plain" / "samtools", "#!/bin/sh\n").chmod(0o644)
    result = run(launcher, "--version", path=[tmp_path / "folder", tmp_path / "plain"])
    assert result.stdout.startswith("samtools 1.")


@pytest.mark.parametrize("tool", ["samtools", "bcftools", "minimap2"])
def test_a_missing_wheel_is_one_sentence_naming_the_extra(tmp_path: Path, tool: str) -> None:
    hide = "sys.modules.update({'pysam': None, 'pyminimap2': None})"
    launcher = write_launcher(tmp_path, tool, before=hide)
    result = run(launcher, "--version", path=[tmp_path])
    assert result.returncode == 127
    assert result.stderr == (
        f"{tool}: not found on PATH, and the wheel that can replace it is not installed; "
        "run: pip install 'headrace[tools]'\n"
    )

"""Environments of their own below build/: what must not, or should not, be installed beside us."""

import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from examples.local import REPOSITORY

FOLDER = REPOSITORY / "build"


class CannotInstallError(Exception):
    """Packages cannot be had here; the text is the end of what pip said."""


def public() -> Path:
    """Return the Python that has the public plugins, and nothing of ours.

    Raises:
        CannotInstallError: there is none, and none can be made.
    """
    plugins = "snakemake_executor_plugin_googlebatch, snakemake_storage_plugin_gcs"
    interpreter = FOLDER / "public" / "bin" / "python"
    if not interpreter.exists() or _run([interpreter, "-c", f"import {plugins}"]).returncode:
        _install(interpreter, _extra("bench"))
    return interpreter


def stage() -> Path:
    """Return the program `headrace-stage`, installed as images/stage/Dockerfile has it.

    What else is installed here is found, and in part read, by every Python that starts: the image
    has none of it.

    Raises:
        CannotInstallError: there is none, and none can be made.
    """
    interpreter = FOLDER / "stage" / "bin" / "python"
    constraints = str(REPOSITORY / "constraints.txt")
    _install(interpreter, ["--constraint", constraints, f"{REPOSITORY}[stage]"])
    return interpreter.with_name("headrace-stage")


def _install(interpreter: Path, words: Sequence[str]) -> None:
    if not interpreter.exists():
        _check(_run([sys.executable, "-m", "venv", interpreter.parents[1]]))
    pip = [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _check(_run([*pip, *words]))


def _run(words: Sequence[str | Path]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(words, capture_output=True, text=True, check=False)


def _check(done: "subprocess.CompletedProcess[str]") -> None:
    if done.returncode:
        raise CannotInstallError(done.stderr.strip().splitlines()[-1])


def _extra(name: str) -> list[str]:
    """Return the packages of an extra, as pyproject.toml has them."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    packages: list[str] = project["optional-dependencies"][name]
    return packages

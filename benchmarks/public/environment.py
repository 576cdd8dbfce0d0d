"""The environment of the public plugins, made where there is none."""

import subprocess
import sys
import tomllib
from pathlib import Path

from examples.local import REPOSITORY

FOLDER = REPOSITORY / "build" / "public"
HEAD = Path(__file__).with_name("head.py")


def python() -> Path | None:
    """Return the Python that has the public plugins; None where they cannot be installed."""
    interpreter = FOLDER / "bin" / "python"
    if not _has_plugins(interpreter):
        _install(interpreter)
    return interpreter if _has_plugins(interpreter) else None


def _has_plugins(interpreter: Path) -> bool:
    if not interpreter.exists():
        return False
    asked = "import snakemake_executor_plugin_googlebatch, snakemake_storage_plugin_gcs"
    return subprocess.run([interpreter, "-c", asked], check=False).returncode == 0


def _install(interpreter: Path) -> None:
    """Install what the extra `bench` names, and nothing of ours."""
    subprocess.run([sys.executable, "-m", "venv", FOLDER], check=False)
    pip = [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *_packages()], check=False)


def _packages() -> list[str]:
    """Return the packages of the extra, as pyproject.toml has them."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    packages: list[str] = project["optional-dependencies"]["bench"]
    return packages

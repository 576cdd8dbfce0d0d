"""Where this machine's pip finds its packages, for the pip of a container that is being built.

Nothing of it goes into an image: it is mounted while a Dockerfile runs.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pip

_WANTED = (
    "cert",
    "client-cert",
    "constraint",
    "extra-index-url",
    "find-links",
    "index-url",
    "no-index",
    "proxy",
    "timeout",
    "trusted-host",
)
"""Options that say where packages come from; others are this machine's own affair."""

_PIP = "/usr/lib/python3/dist-packages/pip"
"""Where Debian's Python looks for it. Our own is mounted there: pip needs nothing but a Python."""


def mounts(folder: Path) -> list[str]:
    """Return what to mount, as `--volume` words; pip's settings are written to `folder`."""
    settings = read(_listed())
    file = folder / "pip.conf"
    file.write_text(configuration(settings))
    ours = [(str(file), "/etc/pip.conf"), (str(Path(pip.__file__).parent), _PIP)]
    same = [(path, path) for path in sorted(set(local_paths(settings)))]
    return [f"--volume={source}:{target}:ro" for source, target in [*ours, *same]]


def _listed() -> str:
    command = [sys.executable, "-m", "pip", "config", "list"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def read(listed: str) -> dict[str, str]:
    """Return the wanted settings from what `pip config list` prints.

    Variables (`:env:`) outweigh files, and what is for `install` outweighs what is `global`.
    """
    found: dict[str, dict[str, str]] = {}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        section, _, option = name.rpartition(".")
        option = option.removeprefix("default-")
        if option in _WANTED:
            found.setdefault(section, {})[option] = str(ast.literal_eval(value))
    return {**found.get("global", {}), **found.get("install", {}), **found.get(":env:", {})}


def configuration(settings: Mapping[str, str]) -> str:
    """Return the text of a pip.conf; what has many values has them on lines of their own."""
    lines = (f"{name} = " + "\n    ".join(value.split()) for name, value in settings.items())
    return "\n".join(["[global]", *lines, ""])


def local_paths(settings: Mapping[str, str]) -> Iterator[str]:
    """Yield the files and folders of this machine that are named in them.

    An index in a folder may name files beside that folder.
    """
    for word in " ".join(settings.values()).split():
        is_index = word.startswith("file://")
        path = Path(word.removeprefix("file://"))
        if path.is_absolute() and path.exists():
            yield str(path.parent if is_index else path)

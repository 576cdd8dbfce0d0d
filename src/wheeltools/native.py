"""Finding a native tool behind our launcher of the same name."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

# Set for the program a launcher hands over to. A launcher that finds it was started by a wrapper
# such as a pyenv shim, which would only lead back here, so it stops looking.
HANDED_OVER = "WHEELTOOLS_HANDED_OVER"

# Console scripts written by pip or uv name the package they start within their first lines.
_LAUNCHER_HEAD_BYTES = 512


def find_native(name: str) -> Path | None:
    """The first executable called `name` on PATH that is no launcher of ours, if there is one."""
    if os.environ.get(HANDED_OVER) == name:
        return None
    for folder in os.get_exec_path():
        candidate = Path(folder, name)
        if candidate.is_file() and os.access(candidate, os.X_OK) and not _is_launcher(candidate):
            return candidate
    return None


def hand_over(program: Path, name: str, arguments: Sequence[str]) -> NoReturn:
    """Replace this process by `program`."""
    os.environ[HANDED_OVER] = name
    os.execv(program, [name, *arguments])  # noqa: S606  # no shell is the point here


def _is_launcher(program: Path) -> bool:
    try:
        with program.open("rb") as file:
            head = file.read(_LAUNCHER_HEAD_BYTES)
    except OSError:
        return False  # executable yet unreadable: certainly not a script of ours
    return head.startswith(b"#!") and b"wheeltools" in head

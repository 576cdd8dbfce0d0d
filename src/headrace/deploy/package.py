"""The zips that functions are deployed from: only what they need, and always the same bytes."""

import hashlib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from headrace.deploy import closure

_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16
_CONSTRAINTS = "constraints.txt"
_REQUIREMENTS = Path("trigger/requirements.txt")


@dataclass(frozen=True)
class Function:
    """A function: its name, its entry file, and what lies beside that in the zip.

    Paths are relative to the repository.
    """

    name: str
    program: Path
    extras: Mapping[str, Path] = field(default_factory=dict)


START = Function("start", Path("trigger/main.py"), {"triggers.yaml": Path("config/triggers.yaml")})
GUARD = Function("guard", Path("guard/main.py"))


def build(function: Function, repository: Path, target: Path) -> str:
    """Write the zip to `target` and return its SHA-256 in hex.

    Nothing is compressed and every file has the same date: equal sources give equal bytes, and
    a deployment changes nothing where nothing has changed.
    """
    files = contents(function, repository)
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = _MODE
            archive.writestr(entry, files[name])
    return hashlib.sha256(target.read_bytes()).hexdigest()


def contents(function: Function, repository: Path) -> dict[str, bytes]:
    """Return the files of the zip, by name."""
    source = repository / "src"
    program = repository / function.program
    paths = {"main.py": program, _CONSTRAINTS: repository / _CONSTRAINTS}
    paths |= {name: repository / path for name, path in function.extras.items()}
    paths |= {file.as_posix(): source / file for file in closure.needed(program, source)}
    files = {name: path.read_bytes() for name, path in paths.items()}
    return files | {"requirements.txt": _requirements(repository)}


def _requirements(repository: Path) -> bytes:
    """Return what both functions install, held to the versions that we test with."""
    return f"-c {_CONSTRAINTS}\n".encode() + (repository / _REQUIREMENTS).read_bytes()

"""Which of our modules a program imports, directly or not: read from source, nothing is run."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = "headrace"


def needed(program: Path, source: Path) -> list[Path]:
    """Return the files of our package that a program needs, relative to `source`, sorted.

    `source` is the folder that holds the package. Imports inside functions count as well.
    """
    found: set[Path] = set()
    waiting = [program]
    while waiting:
        for file in _imported(waiting.pop(), source):
            if file not in found:
                found.add(file)
                waiting.append(source / file)
    return sorted(found)


def _imported(program: Path, source: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(program.read_text(), program)):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    yield from _files(alias.name, source)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                for alias in names:
                    yield from _files(f"{module}.{alias.name}", source)


def _files(name: str, source: Path) -> Iterator[Path]:
    """Yield the file of a module or of the module that a name is taken from, and its packages'."""
    parts = name.split(".")
    if parts[0] != PACKAGE:
        return
    for length in range(1, len(parts) + 1):
        stem = Path(*parts[:length])
        for file in (stem / "__init__.py", stem.with_suffix(".py")):
            if (source / file).is_file():
                yield file

"""Files of the repository that shell rules ask for: they travel inside the plan.

A rule names them in its resource `lifesciences_files`, divided by commas, relative to the working
directory; they lie at the same paths in the machine.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from headrace.errors import JobRefusedError
from headrace.gcs import check_name
from headrace.staging.plan import Carried
from snakemake_executor_plugin_lifesciences.options import FILES, PREFIX

MAX_CARRIED_BYTES = 256 * 1024
"""Files up to this size together travel inside the plan."""


def carried(jobs: Iterable[Any]) -> tuple[Carried, ...]:
    """Return the files that these jobs ask for, each once, directories as what is in them.

    Raises:
        JobRefusedError: one does not exist, lies elsewhere, or they are too large together.
        UnsafeNameError: a path could be read as a command.
    """
    found: dict[str, Carried] = {}
    for job in jobs:
        for path in _asked_for(job):
            found |= {one.path: one for one in _read(path, job.rule.name)}
            _check_size(found.values(), job.rule.name)
    return tuple(found[path] for path in sorted(found))


def _asked_for(job: Any) -> Iterator[str]:
    for word in str(job.resources.get(PREFIX + FILES, "")).split(","):
        if word.strip():
            yield word.strip().rstrip("/")


def _read(path: str, rule: str) -> Iterator[Carried]:
    what = f"Rule {rule}: {PREFIX}{FILES} names"
    check_name(path, what)
    if Path(path).is_absolute() or not Path(path).exists():
        raise JobRefusedError(
            f"{what} '{path}', which is no file below {Path.cwd()}: write a path relative to it."
        )
    files = [Path(path)] if Path(path).is_file() else sorted(Path(path).rglob("*"))
    for file in files:
        if file.is_file() and "__pycache__" not in file.parts:
            check_name(str(file), what)
            yield Carried(str(file), file.read_bytes(), os.access(file, os.X_OK))


def _check_size(files: Iterable[Carried], rule: str) -> None:
    size = sum(len(file.content) for file in files)
    if size > MAX_CARRIED_BYTES:
        raise JobRefusedError(
            f"Rule {rule}: {PREFIX}{FILES} names {size} bytes and {MAX_CARRIED_BYTES} travel at "
            "most: make large files inputs of the rule."
        )

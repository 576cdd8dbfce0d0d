"""Stage-in: lay out the work disk so that the first step can start."""

import os
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import msgspec

from headrace.errors import ObjectMissingError, StagingError
from headrace.gcs import ObjectUri
from headrace.staging.connection import CONNECTIONS
from headrace.staging.downloads import Downloaded
from headrace.staging.layout import TEMPORARY, WorkDisk
from headrace.staging.objects import Objects
from headrace.staging.plan import DIRECTORY_TYPE, Input, Plan, Step

EVERYBODYS = 0o777
"""Mode of a folder that all images' users may write in."""

Fetch = Callable[[ObjectUri, Path], Downloaded]
"""Puts an object at a new path."""


class Brought(msgspec.Struct, frozen=True):
    """How much stage-in brought, and how long that took."""

    size: int
    seconds: float


def bring_in(plan: Plan, disk: WorkDisk, objects: Objects, shared: Collection[str] = ()) -> Brought:
    """Write the steps, the carried files and all inputs; `shared` are inputs of other tasks too.

    Raises:
        StagingError: naming the inputs that do not exist.
    """
    disk.clear()
    disk.path(TEMPORARY).mkdir(parents=True, exist_ok=True)
    disk.root.chmod(EVERYBODYS)
    _install_step_program(disk)
    for number, step in enumerate(plan.steps):
        _write_step(step, disk, number)
    for carried in plan.carried:
        path = disk.path(carried.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(carried.content)
        path.chmod(0o755 if carried.executable else 0o644)
    begun = time.monotonic()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        fetch = _fetch(disk, objects, shared, pool)
        size = _bring_all(plan.inputs, disk, objects, fetch, pool)
    brought = Brought(size, round(time.monotonic() - begun, 3))
    disk.brought.write_bytes(msgspec.json.encode(brought))
    return brought


def _install_step_program(disk: WorkDisk) -> None:
    """Put the script in its place in one move: on a shared disk, another task may run it now."""
    disk.step_program.parent.mkdir(parents=True, exist_ok=True)
    fresh = disk.step_program.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(Path(__file__).with_name("step.sh").read_bytes())
    fresh.replace(disk.step_program)


def _write_step(step: Step, disk: WorkDisk, number: int) -> None:
    folder = disk.step(number)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "command").write_text(step.command + "\n")
    (folder / "touch").write_text("".join(f"{path}\n" for path in step.touch))
    for needed in step.folders:
        disk.path(needed).mkdir(parents=True, exist_ok=True)
    for pipe in step.pipes:
        os.mkfifo(disk.path(pipe))


def _fetch(
    disk: WorkDisk, objects: Objects, shared: Collection[str], pool: ThreadPoolExecutor
) -> Fetch:
    if disk.cache is None or not shared:
        return objects.download
    from headrace.staging.cache import Cache  # noqa: PLC0415 # arrays only

    cache = Cache(disk.cache, objects)
    cache.expect([ObjectUri.parse(uri) for uri in shared], pool)
    return cache.bring


@dataclass(frozen=True)
class _Part:
    """One object and its place."""

    uri: ObjectUri
    path: Path


@dataclass(frozen=True)
class _Found:
    """What an input turned out to be: a file of this size, or the objects of a directory."""

    size: int = 0
    parts: tuple[_Part, ...] = ()
    missing: str = ""


def _bring_all(
    inputs: tuple[Input, ...],
    disk: WorkDisk,
    objects: Objects,
    fetch: Fetch,
    pool: ThreadPoolExecutor,
) -> int:
    """Bring files at once, then what is in directories; returns the bytes of all."""
    found = list(pool.map(lambda one: _bring(one, disk, objects, fetch), inputs))
    missing = [one.missing for one in found if one.missing]
    if missing:
        raise StagingError(f"Missing inputs: {', '.join(missing)}.")
    parts = [part for one in found for part in one.parts]
    sizes = pool.map(lambda part: fetch(part.uri, part.path).size, parts)
    return sum(sizes) + sum(one.size for one in found)


def _bring(one: Input, disk: WorkDisk, objects: Objects, fetch: Fetch) -> _Found:
    """Bring a file, or find what is in a directory."""
    uri, path = ObjectUri.parse(one.uri), disk.path(one.path)
    try:
        downloaded = fetch(uri, path)
    except ObjectMissingError:
        path.unlink(missing_ok=True)
        parts = _parts_below(uri, path, objects)
        return _Found(parts=parts, missing="" if parts else one.uri)
    if downloaded.content_type != DIRECTORY_TYPE:
        return _Found(downloaded.size)
    path.unlink()
    path.mkdir()
    return _Found(parts=_parts_below(uri, path, objects))


def _parts_below(uri: ObjectUri, path: Path, objects: Objects) -> tuple[_Part, ...]:
    prefix = len(uri.name.rstrip("/")) + 1
    found = (ObjectUri.parse(stored.uri) for stored in objects.list_below(uri))
    return tuple(
        _Part(part, path / part.name[prefix:]) for part in found if not part.name.endswith("/")
    )

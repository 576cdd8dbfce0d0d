"""Stage-in: lay out the work disk so that the first step can start."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import as_file, files
from pathlib import Path

from headrace.errors import ObjectMissingError, StagingError, StorageError
from headrace.gcs import ObjectUri
from headrace.staging.layout import TEMPORARY, WorkDisk
from headrace.staging.objects import CONNECTIONS, Downloaded, Objects
from headrace.staging.plan import DIRECTORY_TYPE, Input, Plan, Step

ATTEMPTS = 3


def bring_in(plan: Plan, disk: WorkDisk, objects: Objects) -> int:
    """Write the steps, the carried files and all inputs; returns the bytes brought.

    Raises:
        StagingError: naming the inputs that do not exist.
    """
    disk.path(TEMPORARY).mkdir(parents=True, exist_ok=True)
    _install_step_program(disk)
    for number, step in enumerate(plan.steps):
        _write_step(step, disk, number)
    for carried in plan.carried:
        path = disk.path(carried.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(carried.content)
        path.chmod(0o755 if carried.executable else 0o644)
    size = _download_all(plan.inputs, disk, objects)
    disk.bytes_in.write_text(str(size))
    return size


def _install_step_program(disk: WorkDisk) -> None:
    disk.step_program.parent.mkdir(parents=True, exist_ok=True)
    with as_file(files("headrace.staging") / "step.sh") as program:
        shutil.copyfile(program, disk.step_program)


def _write_step(step: Step, disk: WorkDisk, number: int) -> None:
    folder = disk.step(number)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "command").write_text(step.command + "\n")
    (folder / "touch").write_text("".join(f"{path}\n" for path in step.touch))
    for needed in step.folders:
        disk.path(needed).mkdir(parents=True, exist_ok=True)
    for pipe in step.pipes:
        os.mkfifo(disk.path(pipe))


def _download_all(inputs: tuple[Input, ...], disk: WorkDisk, objects: Objects) -> int:
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        results = list(pool.map(lambda one: _bring(one, disk, objects), inputs))
    missing = [problem for problem in results if isinstance(problem, str)]
    if missing:
        raise StagingError(f"Missing inputs: {', '.join(missing)}.")
    return sum(size for size in results if isinstance(size, int))


def _bring(one: Input, disk: WorkDisk, objects: Objects) -> int | str:
    """Bring a file or a directory; returns its size, or the address of what is missing."""
    uri = ObjectUri.parse(one.uri)
    path = disk.path(one.path)
    try:
        downloaded = _download(uri, path, objects)
    except ObjectMissingError:
        return _bring_below(uri, path, objects) or one.uri
    if downloaded.content_type != DIRECTORY_TYPE:
        return downloaded.size
    path.unlink()
    path.mkdir()
    return _bring_below(uri, path, objects) or 0


def _bring_below(uri: ObjectUri, path: Path, objects: Objects) -> int | None:
    """Bring all objects below a folder; returns their size, or None if there is none."""
    prefix = len(uri.name.rstrip("/")) + 1
    found = [ObjectUri.parse(stored.uri) for stored in objects.list_below(uri)]
    files = [part for part in found if not part.name.endswith("/")]
    if not files:
        return None
    return sum(_download(part, path / part.name[prefix:], objects).size for part in files)


def _download(uri: ObjectUri, path: Path, objects: Objects) -> Downloaded:
    for _ in range(ATTEMPTS - 1):
        try:
            return objects.download(uri, path)
        except ObjectMissingError:
            raise
        except StorageError:
            continue
    return objects.download(uri, path)

"""Moves files and directories between local paths and a bucket."""

import shutil
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Protocol

from snakemake_interface_common.exceptions import WorkflowError

from snakemake_storage_plugin_gcsindex.index import StoredObject
from snakemake_storage_plugin_gcsindex.names import Address

THREADS = 8
"""Requests at once for the objects of one directory."""

TIMESTAMP_FILE = ".snakemake_timestamp"
"""Snakemake's own mark in a local directory: no result, never stored."""

DIRECTORY_TYPE = "application/x-directory"
"""Content type of the empty object that stands for an empty directory."""


class Mover(Protocol):
    """The requests that move and remove objects."""

    def upload(self, local: Path, target: Address) -> StoredObject:
        """Store a local file."""

    def upload_empty(self, target: Address, content_type: str) -> StoredObject:
        """Store an object of no bytes."""

    def download(self, source: Address, local: Path) -> str | None:
        """Bring an object to a new local file; return its content type."""

    def remove(self, target: Address) -> None:
        """Remove an object."""


def bring_object(mover: Mover, source: Address, local: Path) -> None:
    """Bring an object to a local path, in place of what is there, once it is complete.

    It becomes a file, or an empty directory if that is what the object stands for.
    """
    local.parent.mkdir(parents=True, exist_ok=True)
    with _workplace(local) as workplace:
        part = Path(workplace) / local.name
        content_type = mover.download(source, part)
        _clear(local)
        if content_type == DIRECTORY_TYPE and part.stat().st_size == 0:
            local.mkdir()
        else:
            part.replace(local)


def bring_directory(
    mover: Mover, source: Address, objects: Sequence[StoredObject], local: Path
) -> None:
    """Bring the objects of a directory to a local one, in place of what is there.

    Objects whose names end with a slash are folders without content of their own.

    Raises:
        WorkflowError: an object's name leads out of the directory.
    """
    places = {found.name: _place(source, found.name) for found in objects}
    local.parent.mkdir(parents=True, exist_ok=True)
    with _workplace(local) as workplace:
        part = Path(workplace) / local.name
        part.mkdir()
        files = []
        for name, place in places.items():
            if name == source.key or name.endswith("/"):
                (part / place).mkdir(parents=True, exist_ok=True)
                continue
            (part / place).parent.mkdir(parents=True, exist_ok=True)
            files.append((Address(source.bucket, name), part / place))
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda file: mover.download(*file), files))
        _clear(local)
        part.replace(local)


def store_directory(mover: Mover, local: Path, target: Address) -> list[StoredObject]:
    """Store all files of a local directory; return what is stored now.

    Folders in it that hold no file leave no trace; if there is no file at all, one object of no
    bytes stands for the directory.
    """
    files = [
        (path, Address(target.bucket, f"{target.key}/{path.relative_to(local).as_posix()}"))
        for path in sorted(local.rglob("*"))
        if path.is_file() and path != local / TIMESTAMP_FILE
    ]
    if not files:
        return [mover.upload_empty(target, DIRECTORY_TYPE)]
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda file: mover.upload(*file), files))


def remove(mover: Mover, bucket: str, object_names: Sequence[str]) -> None:
    """Remove objects from a bucket."""
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda name: mover.remove(Address(bucket, name)), object_names))


def _place(source: Address, name: str) -> PurePosixPath:
    """Return where an object of a directory goes, relative to the directory."""
    relative = name.removeprefix(source.key).removeprefix("/")
    parts = relative.removesuffix("/").split("/") if relative else []
    if any(part in {"", ".", ".."} or "\x00" in part for part in parts):
        raise WorkflowError(
            f"Cannot retrieve {source}: the object '{name}' in it has no safe place in a local "
            "directory. Remove or rename it."
        )
    return PurePosixPath(*parts)


def _workplace(local: Path) -> "tempfile.TemporaryDirectory[str]":
    """Return a folder beside the local path, so that what is complete moves in one step."""
    return tempfile.TemporaryDirectory(prefix=".retrieving-", dir=local.parent)


def _clear(local: Path) -> None:
    if local.is_dir() and not local.is_symlink():
        shutil.rmtree(local)
    else:
        local.unlink(missing_ok=True)

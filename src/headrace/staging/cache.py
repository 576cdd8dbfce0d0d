"""Objects that several tasks of an array read: brought to a machine once, linked for each task.

The cache never holds more than the tasks that run: an object that neither a task now uses nor the
one about to start is removed before anything else is brought. So a task needs no larger disk than a
machine of its own would.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Collection, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path

from headrace.errors import ObjectMissingError
from headrace.gcs import ObjectUri
from headrace.staging.downloads import BINARY, Downloaded
from headrace.staging.manifest import StoredObject
from headrace.staging.objects import Objects

CLOCK_STEP_SECONDS = 1e-3
"""Times of files are not kept to the last digit."""


class Cache:
    """The folder of one machine's shared objects, each under its name and generation."""

    def __init__(self, folder: Path, objects: Objects) -> None:
        self._folder = folder
        self._objects = objects
        self._expected: dict[ObjectUri, StoredObject] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def expect(self, inputs: Collection[ObjectUri], pool: Executor) -> None:
        """Learn the present generations of a task's shared inputs, and remove all other objects."""
        found = [stored for all_ in pool.map(self._look_up, inputs) for stored in all_]
        # An empty object may stand for a directory, which only its content type tells.
        self._expected = {ObjectUri.parse(one.uri): one for one in found if one.size}
        wanted = {_entry_name(stored) for stored in self._expected.values()}
        held = {self._folder / file.stem for file in self._folder.iterdir()}
        for entry in held:
            if entry.name not in wanted:
                _remove_unused(entry)

    def bring(self, uri: ObjectUri, path: Path) -> Downloaded:
        """Put an object at a new path: from the cache, if it is one of the expected."""
        stored = self._expected.get(uri)
        if stored is None:
            return self._objects.download(uri, path)
        entry = self._folder / _entry_name(stored)
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(entry):
            if not _intact(entry, stored) or not _link(entry, path):
                self._fetch(uri, entry, stored)
                if not _link(entry, path):
                    shutil.copyfile(entry, path)
        return Downloaded(stored.size, BINARY)

    def _look_up(self, uri: ObjectUri) -> list[StoredObject]:
        try:
            return [self._objects.stat(uri)]
        except ObjectMissingError:
            return list(self._objects.list_below(uri))

    def _fetch(self, uri: ObjectUri, entry: Path, stored: StoredObject) -> None:
        part = _part(entry)
        self._objects.download(uri, part, stored.generation)
        os.utime(part, (stored.updated, stored.updated))
        part.replace(entry)


def _entry_name(stored: StoredObject) -> str:
    return hashlib.sha256(f"{stored.uri}#{stored.generation}".encode()).hexdigest()


def _intact(entry: Path, stored: StoredObject) -> bool:
    """Tell whether no task has written to the file since it was brought."""
    try:
        found = entry.stat()
    except FileNotFoundError:
        return False
    untouched = abs(found.st_mtime - stored.updated) < CLOCK_STEP_SECONDS
    return found.st_size == stored.size and untouched


def _remove_unused(entry: Path) -> None:
    """Remove an object, and what an interrupted task brought of it, unless a task needs it."""
    with _locked(entry, wait=False) as free:
        if free:
            _part(entry).unlink(missing_ok=True)
        if free and entry.exists() and entry.stat().st_nlink == 1:
            entry.unlink()


def _part(entry: Path) -> Path:
    return entry.with_suffix(".part")


def _link(entry: Path, path: Path) -> bool:
    try:
        path.unlink(missing_ok=True)
        path.hardlink_to(entry)
    except OSError:  # a file system without links
        return False
    return True


@contextmanager
def _locked(entry: Path, *, wait: bool = True) -> Iterator[bool]:
    """Let one task at a time bring an object; yields False if another does and we do not wait."""
    with entry.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True

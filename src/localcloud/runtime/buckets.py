"""Buckets that a machine mounts: copied to folders when it boots, and back after every step.

Cloud Storage FUSE, which Batch mounts buckets with, reads objects when a program asks for them and
writes a file when it is closed. Here a folder holds what was in the bucket when the machine booted;
what a step has written, changed or deleted in it is so in the bucket once the step has ended.
"""

from __future__ import annotations

import http.client
import logging
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from localcloud.jobs.spec import BucketDisk
from localcloud.runtime.paths import relative
from localcloud.runtime.program import CANNOT_RUN, CannotStartError
from localcloud.storage import StorageClient

log = logging.getLogger(__name__)

Version = tuple[int, int]
"""When a file was changed, in nanoseconds, and its size in bytes."""


class MountedBucket:
    """One bucket in a folder. Its methods block."""

    def __init__(self, storage: StorageClient, place: BucketDisk, folder: Path) -> None:
        self._storage = storage
        self._place = place
        self._folder = folder
        self._known: dict[Path, Version] = {}
        self._failure = ""
        self._flushing = threading.Lock()

    def bring(self) -> None:
        """Copy what is in the bucket; a failure is kept for `check`, as the machine boots on."""
        try:
            for name in self._names():
                self._bring(name)
        except (OSError, http.client.HTTPException) as error:
            self._failure = str(error)
        self._known = dict(self._files())

    def check(self) -> None:
        """Raise CannotStartError if the bucket could not be mounted."""
        if self._failure:
            raise CannotStartError(
                CANNOT_RUN, f"bucket {self._place.bucket!r} cannot be mounted: {self._failure}"
            )

    def flush(self) -> None:
        """Do to the bucket what was done to the folder since it last succeeded."""
        with self._flushing:
            now = dict(self._files())
            try:
                self._write(now)
            except (OSError, http.client.HTTPException) as error:
                log.warning("bucket %s was not written: %s", self._place.bucket, error)
            else:
                self._known = now

    def _write(self, now: Mapping[Path, Version]) -> None:
        for file, version in now.items():
            if self._known.get(file) != version:
                self._storage.upload(self._place.bucket, self._name(file), file)
        for file in self._known.keys() - now.keys():
            self._storage.delete(self._place.bucket, self._name(file))

    def _names(self) -> Iterator[str]:
        for found in self._storage.objects(self._place.bucket, self._place.folder):
            yield str(found["name"]).removeprefix(self._place.folder)

    def _bring(self, name: str) -> None:
        """An object whose name ends in a slash is a folder; one that no path can name is left."""
        file = self._folder / relative(name)
        if name.endswith("/"):
            file.mkdir(parents=True, exist_ok=True)
        elif relative(name) == name:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._storage.download(self._place.bucket, self._place.folder + name, file)

    def _files(self) -> Iterator[tuple[Path, Version]]:
        for file in self._folder.rglob("*"):
            if file.is_file() and not file.is_symlink():
                status = file.stat()
                yield file, (status.st_mtime_ns, status.st_size)

    def _name(self, file: Path) -> str:
        return self._place.folder + file.relative_to(self._folder).as_posix()

"""A store and a job service in memory: the same promises, no network.

`tests/contract/arrivals` holds the store to the behaviour of the real one.
"""

import base64
import hashlib
import itertools
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import google_crc32c

from headrace.errors import AlreadyExistsError, NotFoundError, ObjectMissingError
from headrace.gcs import ObjectUri
from headrace.pipeline import Pipeline
from headrace.runs.store import JSON, StoredObject
from headrace.services import Failure, FailureKind, JobReport, JobState


class MemoryStore:
    """A `Store`; `clock` dates the objects."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._generations = itertools.count(1)
        self._objects: dict[ObjectUri, tuple[StoredObject, bytes]] = {}

    def list_objects(self, prefix: ObjectUri) -> Iterator[StoredObject]:
        """See `Store.list_objects`."""
        with self._lock:
            found = [
                (uri, stored)
                for uri, (stored, _) in self._objects.items()
                if uri.bucket == prefix.bucket and uri.name.startswith(prefix.name)
            ]
        yield from (stored for _, stored in sorted(found))

    def list_folders(self, parent: ObjectUri, beginning: str = "") -> list[str]:
        """See `Store.list_folders`."""
        below = parent / ""
        names = [stored.uri.name.removeprefix(below.name) for stored in self.list_objects(below)]
        folders = {name.partition("/")[0] for name in names if "/" in name}
        return sorted(folder for folder in folders if folder.startswith(beginning))

    def read(self, uri: ObjectUri) -> bytes:
        """See `Store.read`."""
        if uri not in self._objects:
            raise ObjectMissingError(f"There is no {uri} in memory.")
        return self._objects[uri][1]

    def read_part(self, stored: StoredObject, start: int, length: int) -> bytes:
        """See `Store.read_part`."""
        now, data = self._objects.get(stored.uri, (None, b""))
        if now is None or now.generation != stored.generation:
            raise ObjectMissingError(f"There is no {stored.uri} in memory.")
        return data[start : start + length]

    def delete(self, uri: ObjectUri) -> None:
        """Delete an object; nothing in `Store` does."""
        with self._lock:
            self._objects.pop(uri, None)

    def create(self, uri: ObjectUri, data: bytes) -> bool:
        """See `Store.create`."""
        with self._lock:
            if uri in self._objects:
                return False
            self._put(uri, data)
        return True

    def write(self, uri: ObjectUri, data: bytes, content_type: str = JSON) -> None:
        """See `Store.write`."""
        del content_type  # nothing here shows it
        with self._lock:
            self._put(uri, data)

    def upload(self, uri: ObjectUri, path: Path) -> None:
        """See `Store.upload`."""
        self.write(uri, path.read_bytes())

    def copy(self, source: StoredObject, target: ObjectUri) -> None:
        """See `Store.copy`; there are no metadata here."""
        self.create(target, self.read(source.uri))

    def _put(self, uri: ObjectUri, data: bytes) -> None:
        crc32c = base64.b64encode(google_crc32c.Checksum(data).digest()).decode()
        generation = next(self._generations)
        md5 = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
        now = self._clock()
        stored = StoredObject(uri, generation, len(data), crc32c, now, created=now, md5=md5)
        self._objects[uri] = (stored, data)


class MemoryService:
    """A `JobService` whose jobs stay queued; `submitted` holds them all, by id."""

    max_tasks = 1

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.submitted: dict[str, Pipeline] = {}

    def submit(self, job_id: str, pipeline: Pipeline) -> str:
        """See `JobService.submit`."""
        with self._lock:
            if job_id in self.submitted:
                raise AlreadyExistsError(f"Job '{job_id}' exists already.")
            self.submitted[job_id] = pipeline
        return job_id

    def find(self, job_id: str, labels: Mapping[str, str]) -> JobReport:
        """See `JobService.find`."""
        for report in self.list_jobs(labels):
            if report.job_id == job_id:
                return report
        raise NotFoundError(f"There is no job '{job_id}'.")

    def list_jobs(self, labels: Mapping[str, str]) -> Iterator[JobReport]:
        """See `JobService.list_jobs`."""
        for job_id, pipeline in list(self.submitted.items()):
            if labels.items() <= pipeline.labels.items():
                yield JobReport(job_id, job_id, JobState.QUEUED)

    def list_tasks(self, name: str) -> Iterator[JobReport]:
        """See `JobService.list_tasks`."""
        yield JobReport(name, name, JobState.QUEUED)

    def explain(self, name: str) -> Failure:
        """See `JobService.explain`."""
        return Failure(FailureKind.CANCELLED, f"Job '{name}' never ran.")

    def cancel(self, name: str) -> None:
        """See `JobService.cancel`."""
        self.submitted.pop(name, None)

    def close(self) -> None:
        """See `JobService.close`: there is no connection."""

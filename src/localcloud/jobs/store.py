"""All jobs of both APIs, newest first, by place."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Reversible
from datetime import datetime

from localcloud.jobs.archive import Archive
from localcloud.jobs.job import Job, JobName
from localcloud.jobs.recovery import bring_to_an_end
from localcloud.jobs.spec import Api
from localcloud.jobs.states import JobState


class JobStore:
    """Jobs in memory, and in an archive if there is one.

    Each (API, project, location) keeps its jobs in order of creation.
    """

    def __init__(self, archive: Archive | None = None) -> None:
        self._places: dict[tuple[Api, str, str], OrderedDict[str, Job]] = {}
        self._archive = archive
        self._last = 0

    def restore(self, now: datetime) -> None:
        """Take the jobs of the archive in; those that had not ended end now."""
        if self._archive is None:
            return
        for job in list(self._archive.jobs()):
            self._last = max(self._last, job.sequence)
            if job.state is JobState.DELETION_IN_PROGRESS:
                self._archive.forget(job)
                continue
            self._place(job)[job.name.id] = job
            if not job.state.is_final:
                bring_to_an_end(job, now)
                self._archive.keep(job)

    def next_sequence(self) -> int:
        """The next number in the order of creation."""
        self._last += 1
        return self._last

    def add(self, job: Job) -> bool:
        """Keep a job; False, and nothing done, when its name is taken."""
        place = self._place(job)
        if job.name.id in place:
            return False
        place[job.name.id] = job
        self.keep(job)
        return True

    def keep(self, job: Job) -> None:
        """Put a job into the archive as it is now, unless it has been forgotten."""
        if self._archive is not None and self.get(job.api, job.name) is job:
            self._archive.keep(job)

    def _place(self, job: Job) -> OrderedDict[str, Job]:
        key = (job.api, job.name.project, job.name.location)
        return self._places.setdefault(key, OrderedDict())

    def get(self, api: Api, name: JobName) -> Job | None:
        """The job of that name."""
        place = self._places.get((api, name.project, name.location))
        return place.get(name.id) if place else None

    def remove(self, job: Job) -> None:
        """Forget a job."""
        self._place(job).pop(job.name.id, None)
        if self._archive is not None:
            self._archive.forget(job)

    def clear(self) -> None:
        """Forget all jobs."""
        self._places.clear()
        if self._archive is not None:
            self._archive.clear()

    def __iter__(self) -> Iterator[Job]:
        """All jobs, place by place, oldest first."""
        for place in list(self._places.values()):
            yield from list(place.values())

    def newest_first(self, api: Api, project: str, location: str, before: int) -> Iterator[Job]:
        """The jobs of a place created before the sequence number `before`, newest first.

        Location `-` means all locations.
        """
        jobs = self._of_place(api, project, location)
        return (job for job in reversed(jobs) if job.sequence < before)

    def oldest_first(self, api: Api, project: str, location: str, after: int) -> Iterator[Job]:
        """The jobs of a place created after the sequence number `after`, oldest first."""
        jobs = self._of_place(api, project, location)
        return (job for job in jobs if job.sequence > after)

    def _of_place(self, api: Api, project: str, location: str) -> Reversible[Job]:
        if location != "-":
            return self._places.get((api, project, location), OrderedDict()).values()
        jobs = [
            job
            for (kept_api, kept_project, _), place in self._places.items()
            if (kept_api, kept_project) == (api, project)
            for job in place.values()
        ]
        return sorted(jobs, key=lambda job: job.sequence)

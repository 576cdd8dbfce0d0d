"""All jobs of both APIs, newest first, by place."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Reversible
from itertools import count

from localcloud.jobs.job import Job, JobName
from localcloud.jobs.spec import Api


class JobStore:
    """Jobs in memory. Each (API, project, location) keeps its jobs in order of creation."""

    def __init__(self) -> None:
        self._places: dict[tuple[Api, str, str], OrderedDict[str, Job]] = {}
        self._sequence = count(1)

    def next_sequence(self) -> int:
        """The next number in the order of creation."""
        return next(self._sequence)

    def add(self, job: Job) -> bool:
        """Keep a job; False, and nothing done, when its name is taken."""
        place = self._places.setdefault(
            (job.api, job.name.project, job.name.location), OrderedDict()
        )
        if job.name.id in place:
            return False
        place[job.name.id] = job
        return True

    def get(self, api: Api, name: JobName) -> Job | None:
        """The job of that name."""
        place = self._places.get((api, name.project, name.location))
        return place.get(name.id) if place else None

    def remove(self, job: Job) -> None:
        """Forget a job."""
        self._places[job.api, job.name.project, job.name.location].pop(job.name.id, None)

    def clear(self) -> None:
        """Forget all jobs."""
        self._places.clear()

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

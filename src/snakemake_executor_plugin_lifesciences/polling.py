"""Asking for all jobs at once, for tasks only where they moved, and not more often than it pays."""

import statistics
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from headrace.services.protocol import RUN_LABEL, JobReport, JobService, JobState, is_task, job_of

SHORTEST_SECONDS = 0.5
"""No pause is shorter: a poll is a request at least."""

SHARE = 0.2
"""A pause is this part of what a job usually takes, so nobody waits much longer for its results."""

REMEMBERED = 50
"""Jobs that tell what one usually takes: the last ones."""


LEAST_SHARE = 0.25
"""News end a pause only after this part of it: a thousand tasks are not a thousand polls."""


@dataclass(frozen=True)
class Pause:
    """How long to wait between two polls, seconds: at least, and without news at most."""

    least: float
    most: float


@dataclass(frozen=True)
class Ages:
    """The jobs in flight: the age of the oldest, and whether one is still being submitted."""

    oldest: float
    landing: bool


class Pace:
    """How long to wait between two polls; times in seconds."""

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._took: deque[float] = deque(maxlen=REMEMBERED)

    def ended(self, seconds: float) -> None:
        """Note how long a job took, from its submission to the poll that saw its end."""
        self._took.append(seconds)

    def pause(self, ages: Ages) -> Pause:
        """Return how long to wait now.

        As long as no job has ended, the age of the oldest says how long they take at least.
        """
        if ages.landing:
            return Pause(SHORTEST_SECONDS, SHORTEST_SECONDS)
        usual = statistics.median(self._took) if self._took else ages.oldest
        most = max(SHORTEST_SECONDS, min(self._longest, SHARE * usual))
        return Pause(max(SHORTEST_SECONDS, LEAST_SHARE * most), most)


@dataclass(frozen=True)
class _Listed:
    """The tasks of an array by name, when their job reported these counts."""

    counts: Mapping[str, int]
    tasks: Mapping[str, JobReport]

    def holds(self, job: JobReport) -> bool:
        """Tell whether no task can have moved since."""
        settled = not job.state.ended or all(task.state.ended for task in self.tasks.values())
        whole = len(self.tasks) == sum(job.counts.values())
        return bool(job.counts) and job.counts == self.counts and settled and whole


class Poller:
    """Reports of jobs and of tasks of arrays, one list request a page whatever is in flight."""

    def __init__(self, service: JobService, run: str) -> None:
        self._service = service
        self._run = run
        self._listed: dict[str, _Listed] = {}

    def poll(self, names: Collection[str]) -> dict[str, JobReport]:
        """Return the reports of these jobs and tasks by name, as far as the service lists them.

        A task of an array that has no machine yet stands where its array stands.

        Raises:
            ServiceError: the service cannot say now.
        """
        jobs = {job.name: job for job in self._service.list_jobs({RUN_LABEL: self._run})}
        reports = {name: jobs[name] for name in names if name in jobs}
        arrays = {job_of(name) for name in names if is_task(name)}
        listed = {array: self._tasks(jobs[array]) for array in arrays if array in jobs}
        self._listed = {array: tasks for array, tasks in listed.items() if tasks is not None}
        for name in names:
            array = job_of(name)
            if array in self._listed and name in self._listed[array].tasks:
                reports[name] = with_job(self._listed[array].tasks[name], jobs[array])
            elif array in jobs and _speaks_for_tasks(jobs[array]):
                reports[name] = jobs[array]
        return reports

    def _tasks(self, job: JobReport) -> _Listed | None:
        """Return the tasks of an array, which are asked for only if one can have moved."""
        if job.state in {JobState.QUEUED, JobState.STARTING}:
            return None
        known = self._listed.get(job.name)
        if known is not None and known.holds(job):
            return known
        tasks = {task.name: task for task in self._service.list_tasks(job.name)}
        return _Listed(job.counts, tasks)


def _speaks_for_tasks(job: JobReport) -> bool:
    """Tell whether an array's state is that of tasks which are not listed.

    It is not, once it has ended with tasks: they ended in different ways, and will be listed yet.
    """
    return not (job.state.ended and job.counts)


def with_job(task: JobReport, job: JobReport) -> JobReport:
    """Return a task's report with its job's order of machines.

    Where the task never came to an end of its own, it has its job's.
    """
    order = replace(task.moments, ordered=job.moments.scheduled, waited=job.moments.waited)
    task = replace(task, moments=order)
    never_began = task.state in {JobState.QUEUED, JobState.STARTING}
    cancelled = job.state is JobState.CANCELLED
    if not job.state.ended or task.state.ended or not (never_began or cancelled):
        return task
    return replace(task, state=job.state, detail=job.detail, moments=job.moments)

"""Takes jobs in, runs them, ends them early."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from localcloud.engine.job_run import JobRun
from localcloud.engine.surroundings import Surroundings
from localcloud.jobs.job import Ending, Job
from localcloud.jobs.states import JobState
from localcloud.jobs.store import JobStore


class Engine:
    """Runs every job of a store in its own asyncio task."""

    def __init__(self, store: JobStore, around: Surroundings) -> None:
        self._store = store
        self._around = around
        self._runs: dict[str, tuple[JobRun, asyncio.Task[None]]] = {}

    def submit(self, job: Job) -> bool:
        """Accept a job and start it; False, and nothing done, when its name is taken."""
        if not self._store.add(job):
            return False
        job.listener = self._around.listener
        run = JobRun(job, self._around)
        task = run.start()
        self._runs[job.uid] = (run, task)
        task.add_done_callback(lambda _done: self._ended(job))
        return True

    def _ended(self, job: Job) -> None:
        self._runs.pop(job.uid, None)
        self._store.keep(job)

    def cancel(self, job: Job, when_done: Callable[[], None] = lambda: None) -> None:
        """Cancel a job; `when_done` is called when nothing of it runs any more.

        A job that has ended stays as it is.
        """
        if job.state.is_final:
            when_done()
            return
        if job.state is not JobState.CANCELLATION_IN_PROGRESS:
            job.move(self._around.clock.now(), JobState.CANCELLATION_IN_PROGRESS)
        self._stop(job, Ending.CANCELLED, when_done)

    def delete(self, job: Job, when_done: Callable[[], None]) -> None:
        """Delete a job, ending it first; `when_done` is called when it is gone."""

        def forget() -> None:
            self._store.remove(job)
            when_done()

        if job.state is not JobState.DELETION_IN_PROGRESS:
            job.move(self._around.clock.now(), JobState.DELETION_IN_PROGRESS)
        self._stop(job, Ending.DELETED, forget)

    def _stop(self, job: Job, ending: Ending, when_done: Callable[[], None]) -> None:
        if job.uid not in self._runs:
            when_done()
            return
        run, task = self._runs[job.uid]
        task.add_done_callback(lambda _done: when_done())
        run.stop(ending)

    async def shutdown(self) -> None:
        """End everything that runs, leaving states as they are."""
        tasks = [task for _, task in self._runs.values()]
        for run, _ in list(self._runs.values()):
            run.stop(Ending.SHUTDOWN)
        await asyncio.gather(*tasks, return_exceptions=True)

    def live_jobs(self) -> int:
        """How many jobs have not ended."""
        return len(self._runs)

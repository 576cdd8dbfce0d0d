"""Jobs on their way to the service: a bounded pool of threads, and every job accounted for."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from snakemake_executor_plugin_lifesciences.arrays import likes
from snakemake_executor_plugin_lifesciences.bundles import Bundle, bundled
from snakemake_executor_plugin_lifesciences.flights import Flight
from snakemake_executor_plugin_lifesciences.head import Head
from snakemake_executor_plugin_lifesciences.polling import Ages
from snakemake_executor_plugin_lifesciences.preparing import Prepared
from snakemake_executor_plugin_lifesciences.silence import Silence
from snakemake_executor_plugin_lifesciences.submitting import Submitter
from snakemake_executor_plugin_lifesciences.waiting import Waiting

THREADS = 8
"""At 0.1 s a request, 80 jobs a second, below the 6,000 a minute that Batch takes from a project
(https://cloud.google.com/batch/quotas); each has a connection to service and storage."""


class Dispatcher:
    """Sends jobs on their way, and knows all that have not been given back by `forget`."""

    def __init__(self, head: Head, submitter: Submitter) -> None:
        self._head = head
        self._submitter = submitter
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="submit")
        self._flights: set[Flight] = set()

    def dispatch(self, jobs: Sequence[Prepared]) -> list[Flight]:
        """Submit jobs, like ones together; returns at once, in the order of the jobs."""
        flights = {}
        arrays = likes(jobs, self._head.service.max_tasks)
        bundles = self._bundles([array[0] for array in arrays if len(array) == 1])
        for array in arrays:
            bundle = bundles.get(array[0].key)
            submission = self._pool.submit(self._submitter.submit, array, bundle)
            for job in array:
                flights[job.key] = Flight(
                    prepared=job,
                    submission=submission,
                    waiting=Waiting(time.monotonic(), 60 * self._head.settings.start_deadline),
                    silence=Silence(self._head.settings.patience),
                )
                self._flights.add(flights[job.key])
        return [flights[job.key] for job in jobs]

    def _bundles(self, singles: Sequence[Prepared]) -> dict[str, Bundle]:
        """Return the bundles of jobs that go singly, by the keys of the jobs."""
        found: dict[str, Bundle] = {}
        for jobs in bundled(singles):
            bundle = Bundle(jobs, self._head.settings.work, self._head.folders.write)
            self._head.claims.together(bundle.job_ids)
            found |= {job.key: bundle for job in jobs}
        return found

    def forget(self, flight: Flight) -> None:
        """Note that a job has come to its end."""
        self._flights.discard(flight)

    def ages(self) -> Ages:
        """Return what the next poll depends on: who waits, and for how long already."""
        now = time.monotonic()
        flights = list(self._flights)
        oldest = max((now - flight.begun for flight in flights), default=0.0)
        return Ages(oldest, landing=any(flight.place is None for flight in flights))

    def stop(self) -> list[Flight]:
        """Submit nothing more; returns what is in flight once no submission is on its way."""
        self._submitter.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)
        return list(self._flights)

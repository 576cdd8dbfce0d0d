"""Jobs in flight are asked to stop: all of them at the end of a run, or one that waits too long."""

from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor

from headrace.errors import ServiceError
from headrace.services.protocol import RUN_LABEL, job_of
from snakemake_executor_plugin_lifesciences.dispatching import THREADS
from snakemake_executor_plugin_lifesciences.flights import Flight
from snakemake_executor_plugin_lifesciences.head import Head


class Canceller:
    """Cancels jobs; an array as a whole, since no service stops a single task."""

    def __init__(self, head: Head) -> None:
        self._head = head
        self._given_up: set[str] = set()

    def cancel(self, flights: Iterable[Flight], doubtful: Collection[str]) -> None:
        """Cancel the jobs of these, and those of the doubtful ids that exist after all.

        One that cannot be reached does not hold up the others.
        """
        names = {job_of(flight.name) for flight in flights if flight.place is not None}
        names |= self._existing(doubtful)
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(self._cancel, sorted(names)))

    def give_up(self, name: str) -> None:
        """Cancel the job of a name, or the array it belongs to, once."""
        job = job_of(name)
        if job not in self._given_up:
            self._given_up.add(job)
            self._cancel(job)

    def _existing(self, ids: Collection[str]) -> set[str]:
        if not ids:
            return set()
        try:
            reports = list(self._head.service.list_jobs({RUN_LABEL: self._head.settings.run}))
        except ServiceError as error:
            self._head.logger.warning(f"{error} Jobs may be left running: {', '.join(ids)}.")
            return set()
        return {report.name for report in reports if report.job_id in ids}

    def _cancel(self, name: str) -> None:
        try:
            self._head.service.cancel(name)
        except ServiceError as error:
            self._head.logger.warning(f"Could not cancel {name}: {error}")

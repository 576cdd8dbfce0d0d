"""Which head's decision on groups holds: that of an earlier one, as long as its jobs are about.

A head that starts again sees more than the first one did: sizes of what is made, and resources that
follow from them. It would group what is left otherwise, and start what is in flight once more.
"""

from collections.abc import Callable, Collection

from headrace import records
from headrace.errors import ObjectMissingError, RecordError
from headrace.planning import decisions
from headrace.planning.decisions import DECISION_NAME, Decision
from headrace.services.protocol import RUN_LABEL, JobReport, JobState, job_of
from snakemake_executor_plugin_lifesciences.head import Head


class Decisions:
    """The decision that is kept in the folder of the run's work."""

    def __init__(self, head: Head) -> None:
        self._head = head
        self._address = f"{head.settings.work}/{DECISION_NAME}"

    def settle(self, mine: Decision, awaited: Callable[[], Collection[str]]) -> Decision:
        """Return the decision that holds, and keep it.

        `awaited` tells the names of jobs that an earlier head on this disk was waiting for.

        Raises:
            StorageError: it cannot be read or kept.
            ServiceError: nobody says what an earlier head left running.
        """
        earlier = self._earlier()
        if earlier is not None and earlier.fuse == mine.fuse and earlier != mine:
            names = {job_of(name) for name in awaited()}
            jobs = self._head.service.list_jobs({RUN_LABEL: self._head.settings.run})
            if any(is_about(report, names) for report in jobs):
                return earlier
        if mine != earlier:
            self._head.folders.write(self._address, records.encode_json(mine))
        return mine

    def _earlier(self) -> Decision | None:
        try:
            return decisions.read(self._head.folders.read(self._address), self._address)
        except ObjectMissingError:
            return None
        except RecordError as error:  # of another version of ours
            self._head.logger.warning(f"{error} Groups are decided anew.")
            return None


def is_about(report: JobReport, awaited: Collection[str]) -> bool:
    """Tell whether a job still runs, or ended well while the head that `awaited` it was dead."""
    if not report.state.ended:
        return True
    of_use = report.state is JobState.SUCCEEDED or report.tasks > 1
    return of_use and report.name in awaited

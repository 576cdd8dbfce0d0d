"""What earlier heads of the same run have submitted: looked up once, then taken up job by job.

A job of its own is found by its id. An array is found through the jobs in it: the object with its
plans tells their keys, so it is taken up whatever part of it is still wanted. What runs under
another key and makes the same is found by what it makes: see `writers`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from threading import Lock

from headrace.errors import NotFoundError, ObjectMissingError
from headrace.services.protocol import RUN_LABEL, JobReport, JobState, index_of, is_task, job_of
from headrace.staging.plan import PLANS_NAME, Output
from snakemake_executor_plugin_lifesciences.arrays import keys_of, task_folder
from snakemake_executor_plugin_lifesciences.flights import Place
from snakemake_executor_plugin_lifesciences.head import Head
from snakemake_executor_plugin_lifesciences.polling import with_job
from snakemake_executor_plugin_lifesciences.preparing import Prepared
from snakemake_executor_plugin_lifesciences.writers import (
    Writer,
    Writers,
    of_array,
    read_singles,
)

BEGUN = datetime.now(UTC)
"""When this head began, before it looked for files: a job that ended since was in flight then."""


class Adoptions:
    """The jobs of the run that are not this head's own; may be asked from many threads."""

    def __init__(self, head: Head) -> None:
        self._head = head
        self._lock = Lock()
        self._jobs: Mapping[str, JobReport] | None = None
        self._tasks: dict[str, list[tuple[JobReport, Place]]] = defaultdict(list)
        self._read: set[str] = set()
        self._writers = Writers()
        self._given: dict[str, set[Sequence[Output]]] = defaultdict(set)

    def is_job(self, id_: str) -> bool:
        """Tell whether an earlier head submitted a job of its own under this id."""
        with self._lock:
            return id_ in self._known()

    def find(self, prepared: Prepared) -> Place | None:
        """Return the task that runs a job, or ran it while its head or this one waited for it.

        It is given once: a job that asks again has lost it.
        """
        with self._lock:
            jobs = self._known()
            for name in prepared.awaited:
                self._read_array(jobs.get(job_of(name).rpartition("/")[2]))
            for report, place in self._tasks.pop(prepared.key, []):
                if not report.state.ended or was_in_flight(report, prepared):
                    self._head.logger.info(
                        f"Taking up task {report.job_id} ({report.state.value}) of an earlier head."
                    )
                    return place
            return self._doing_more(prepared)

    def in_the_way(self, prepared: Prepared) -> tuple[JobReport, bool] | None:
        """Return a job that still runs and would write over a job's results, if there is one.

        With it comes whether it may be cancelled: not as a whole for one of its tasks, and not if
        another job waits for it.
        """
        with self._lock:
            self._known()
            for writer in self._writers.others_than(prepared):
                report = self._again(writer)
                if report is not None and not report.state.ended:
                    may_be_cancelled = not is_task(report.name) and not self._given[report.name]
                    return report, may_be_cancelled
        return None

    def _doing_more(self, prepared: Prepared) -> Place | None:
        """Return where all of a job's work is done under another key, once for each job."""
        for writer in self._writers.others_than(prepared):
            given = self._given[writer.report.name]
            if prepared.plan.outputs in given or not writer.covers(prepared):
                continue
            report = self._again(writer)
            if report is not None and (
                not report.state.ended or report.state is JobState.SUCCEEDED
            ):
                given.add(prepared.plan.outputs)
                self._head.logger.info(
                    f"Taking up {report.job_id} ({report.state.value}) of an earlier head, which "
                    f"does all of {prepared.title}."
                )
                folder, now = writer.plan.folder, datetime.now(UTC)
                return Place(report.name, folder, now, adopted=True, plan=writer.plan)
        return None

    def _again(self, writer: Writer) -> JobReport | None:
        """Return how a job stands by now; None if the service knows it no more."""
        name = writer.report.name
        id_ = job_of(name).rpartition("/")[2] if is_task(name) else writer.report.job_id
        labels = {RUN_LABEL: self._head.settings.run}
        try:
            report = self._head.service.find(id_, labels)
        except NotFoundError:
            return None
        if not is_task(name):
            return report
        tasks = {task.name: task for task in self._head.service.list_tasks(report.name)}
        return with_job(tasks[name], report) if name in tasks else None

    def learn(self, id_: str) -> None:
        """Look at a job that was not there when this head first looked, or not yet an array."""
        with self._lock:
            labels = {RUN_LABEL: self._head.settings.run}
            report = self._head.service.find(id_, labels)
            self._jobs = {**self._known(), id_: report}
            self._read_array(report)

    def _known(self) -> Mapping[str, JobReport]:
        if self._jobs is None:
            reports = list(self._head.service.list_jobs({RUN_LABEL: self._head.settings.run}))
            for report in reports:
                if not report.state.ended or _ended_since_begun(report):
                    self._read_array(report)
            singles = [one for one in reports if one.tasks == 1 and not one.state.ended]
            work, folders = self._head.settings.work, self._head.folders
            self._writers.add(read_singles(singles, work, folders))
            self._jobs = {report.job_id: report for report in reports}
        return self._jobs

    def _read_array(self, report: JobReport | None) -> None:
        """Learn where the jobs of an array run, once; a job of one task is none."""
        if report is None or report.tasks == 1 or report.job_id in self._read:
            return
        folder = f"{self._head.settings.work}/{report.job_id}"
        try:
            plans = self._head.folders.read(f"{folder}/{PLANS_NAME}")
        except ObjectMissingError:  # expired, and with it all that the array left
            plans = b""
        keys = keys_of(plans)
        tasks = list(self._head.service.list_tasks(report.name)) if keys else []
        now = datetime.now(UTC)
        if self._jobs is None:  # what is learned of later is another head's of now, not of earlier
            running = [(index_of(one.name), one) for one in tasks if not one.state.ended]
            self._writers.add(of_array(running, plans))
        for task in tasks:
            index = index_of(task.name)
            place = Place(task.name, task_folder(folder, index, keys[index]), now, adopted=True)
            self._tasks[keys[index]].append((with_job(task, report), place))
        self._read.add(report.job_id)


def was_in_flight(report: JobReport, prepared: Prepared) -> bool:
    """Tell whether a job succeeded while the head that died, or already this one, waited for it."""
    if report.state is not JobState.SUCCEEDED:
        return False
    return report.name in prepared.awaited or _ended_since_begun(report)


def _ended_since_begun(report: JobReport) -> bool:
    ended = report.moments.ended
    return ended is not None and ended >= BEGUN

"""Jobs of an earlier head that still run, by what they make.

Who is to make the same may wait for one of them if it does the same work, though in other company:
a group of which some results are there already, a member of a group, a job at another attempt. One
that works by another command, or from inputs that have changed since, is in the way: its results
would lie over the new ones.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from headrace.errors import ObjectMissingError, RecordError
from headrace.records import decode_json
from headrace.services.protocol import JobReport, is_task
from headrace.staging.plan import PLAN_NAME, Plan
from snakemake_executor_plugin_lifesciences import bundles
from snakemake_executor_plugin_lifesciences.preparing import Prepared

THREADS = 8
"""Plans are read side by side: a head may have left thousands of jobs."""


class Bucket(Protocol):
    """Where plans lie; see `JobFolders`."""

    def newest_first(self, folder: str) -> list[str]:
        """Return the addresses in a folder, the last that was written first."""
        ...

    def read(self, address: str) -> bytes:
        """Return a document; raises `ObjectMissingError` if there is none."""
        ...


@dataclass(frozen=True)
class Writer:
    """A job, or a task of an array, that ran when it was looked at."""

    report: JobReport
    plan: Plan

    @property
    def key(self) -> str:
        """The key of the job, which its folder tells: `INDEX-KEY` of a task, `RULE-KEY-START`."""
        folder = self.plan.folder.rpartition("/")[2]
        return folder.partition("-")[2] if is_task(self.report.name) else folder.split("-")[-2]

    def covers(self, job: Prepared) -> bool:
        """Tell whether it does all of a job's work, from inputs as they are now."""
        plan, wanted = self.plan, job.plan
        made = {output.uri for output in plan.outputs}
        brought = {one.uri for one in wanted.inputs} - made
        return (
            made >= {output.uri for output in wanted.outputs}
            and set(plan.steps) >= set(wanted.steps)
            and set(plan.carried) >= set(wanted.carried)
            and {one.uri for one in plan.inputs} >= brought
            and not any(self._is_older(job.inputs_written.get(uri)) for uri in brought)
        )

    def _is_older(self, seconds: float | None) -> bool:
        submitted = self.report.moments.submitted
        return seconds is not None and submitted is not None and seconds > submitted.timestamp()


class Writers:
    """Finds who makes what."""

    def __init__(self) -> None:
        self._by_output: dict[str, list[Writer]] = defaultdict(list)

    def add(self, writers: Iterable[Writer]) -> None:
        """Take in jobs that run."""
        for writer in writers:
            for output in writer.plan.outputs:
                self._by_output[output.uri].append(writer)

    def others_than(self, job: Prepared) -> Iterator[Writer]:
        """Yield those that make something of what a job is to make, and are not the job itself."""
        found = {
            writer.report.name: writer
            for output in job.plan.outputs
            for writer in self._by_output.get(output.uri, ())
        }
        yield from (writer for writer in found.values() if writer.key != job.key)


def read_singles(reports: Sequence[JobReport], work: str, bucket: Bucket) -> list[Writer]:
    """Return jobs of their own with their plans; those that have none of ours are left out."""
    if not reports:
        return []
    by_folder = {f"{work}/{report.job_id}": report for report in reports}
    stored = bucket.newest_first(f"{work}/{bundles.FOLDER}")
    plans = bundles.find_plans(by_folder, stored, bucket.read)

    def look(folder: str) -> Plan | None:
        address = f"{folder}/{PLAN_NAME}"
        try:
            return decode_json(bucket.read(address), Plan, address)
        except (ObjectMissingError, RecordError):  # a controller, or of another version of ours
            return None

    alone = [folder for folder in by_folder if folder not in plans]
    with ThreadPoolExecutor(THREADS, thread_name_prefix="plans") as pool:
        own = zip(alone, pool.map(look, alone), strict=True)
        plans |= {folder: plan for folder, plan in own if plan is not None}
    return [Writer(by_folder[folder], plan) for folder, plan in plans.items()]


def of_array(tasks: Iterable[tuple[int, JobReport]], plans: bytes) -> list[Writer]:
    """Return the tasks of an array, given by index, with the plans from their one object."""
    lines = plans.splitlines()
    try:
        return [
            Writer(report, decode_json(lines[index], Plan, report.name)) for index, report in tasks
        ]
    except RecordError:
        return []

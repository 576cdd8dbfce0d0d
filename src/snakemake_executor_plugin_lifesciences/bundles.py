"""Jobs that go singly, in one round: their plans are one object, and each is told its own part."""

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import pairwise
from threading import Lock

from headrace.errors import RecordError
from headrace.records import decode_json
from headrace.staging.plan import Plan, encode_plans, part_of, placed_in
from snakemake_executor_plugin_lifesciences.arrays import cut
from snakemake_executor_plugin_lifesciences.naming import job_id, job_key
from snakemake_executor_plugin_lifesciences.preparing import Prepared
from snakemake_executor_plugin_lifesciences.starts import FIRST

MAX_JOBS = 100
"""Of a bundle: the first of them waits until the plans of all are stored."""

FOLDER = "plans"
"""Of all bundles, below the run's folder of jobs."""


class Bundle:
    """The plans of some jobs' first starts, `job_ids`; may be asked from many threads."""

    def __init__(
        self, jobs: Sequence[Prepared], work: str, write: Callable[[str, bytes], None]
    ) -> None:
        """`work` is the folder of the run's jobs, and `write` replaces an object."""
        self.job_ids = [job_id(job.title, job.key, 0) for job in jobs]
        self._jobs = jobs
        self._work = work
        self._write = write
        self._lock = Lock()
        self._addresses: dict[str, str] = {}

    def address(self, key: str) -> str:
        """Return where the plan of a job lies, having stored those of all, once.

        Raises:
            StorageError: they cannot be stored now; the next one who asks tries again.
        """
        with self._lock:
            if not self._addresses:
                self._addresses = self._store()
            return self._addresses[key]

    def _store(self) -> dict[str, str]:
        plans = [
            placed_in(job.plan, self._work, f"{self._work}/{id_}")
            for job, id_ in zip(self._jobs, self.job_ids, strict=True)
        ]
        lines = [encode_plans([plan]) for plan in plans]
        content = b"".join(lines)
        # Named by its content: heads that store the same name store the same.
        address = f"{self._work}/{FOLDER}/{job_key(content)}.jsonl"
        self._write(address, content)
        ends = [0]
        for line in lines:
            ends.append(ends[-1] + len(line))
        return {
            job.key: part_of(address, start, end - 1)
            for job, (start, end) in zip(self._jobs, pairwise(ends), strict=True)
        }


def find_plans(
    folders: Collection[str], bundles: Iterable[str], read: Callable[[str], bytes]
) -> dict[str, Plan]:
    """Return the plans of the jobs with these folders, as far as bundles have them.

    Reading ends as soon as all are found: give those first that are likeliest to have them.
    """
    found: dict[str, Plan] = {}
    for address in bundles:
        for line in read(address).splitlines():
            try:
                plan = decode_json(line, Plan, address)
            except RecordError:  # of another version of ours
                break
            if plan.folder in folders:
                found[plan.folder] = plan
        if len(found) == len(folders):
            break
    return found


def bundled(jobs: Sequence[Prepared]) -> list[tuple[Prepared, ...]]:
    """Divide jobs that go singly into bundles, in their order; who would be alone is in none.

    A job that starts again is in none either: its first id is taken, and its plan goes with the id.
    """
    first = (job for job in jobs if job.start == FIRST)
    return [bundle for bundle in cut(first, MAX_JOBS) if len(bundle) > 1]

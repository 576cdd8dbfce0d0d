"""Like jobs travel together: which jobs are like, and what becomes of them as an array. Pure."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import msgspec

from headrace.pipeline import Pipeline
from headrace.staging.plan import PLANS_NAME, Plan, placed_in
from snakemake_executor_plugin_lifesciences.naming import job_key
from snakemake_executor_plugin_lifesciences.pipelines import STAGING_SECONDS, with_plan
from snakemake_executor_plugin_lifesciences.preparing import Prepared

MAX_PLANS_BYTES = 8 << 20
"""Of plans that are one object: each task of an array reads all of its own."""

SECONDS_PER_MINUTE = 60


def likes(jobs: Sequence[Prepared], max_tasks: int) -> list[tuple[Prepared, ...]]:
    """Divide jobs into arrays, in their order: all tasks of an array have the same Pipeline.

    That is the same actions in the same images, on the same machine under the same limits, with
    the same labels and secrets; only their plans differ. A job like no other is alone.
    """
    by_kind: dict[bytes, list[Prepared]] = defaultdict(list)
    for job in jobs:
        by_kind[msgspec.json.encode((job.pipeline, job.options), order="sorted")].append(job)
    return [
        array
        for like in by_kind.values()
        for array in cut(like, min(max_tasks, like[0].options.array_size))
    ]


def cut(jobs: Iterable[Prepared], most: int) -> Iterator[tuple[Prepared, ...]]:
    """Divide jobs, in their order, so that the plans of each part fit into one object."""
    part: list[Prepared] = []
    room = MAX_PLANS_BYTES
    for job in jobs:
        size = len(msgspec.json.encode(job.plan))
        if part and (len(part) == most or size > room):
            yield tuple(part)
            part, room = [], MAX_PLANS_BYTES
        part.append(job)
        room -= size
    if part:
        yield tuple(part)


def array_key(jobs: Sequence[Prepared]) -> str:
    """Return the array's own key, which follows from those of its jobs."""
    return job_key([job.key for job in jobs])


def array_pipeline(jobs: Sequence[Prepared], folder: str) -> Pipeline:
    """Return the Pipeline of an array with its plans in `folder`.

    A machine takes tasks one after another as long as their limits together stay within
    `array_minutes`: short ones share its boot, and long ones all run at once.
    """
    first = jobs[0]
    seconds = max(1, first.pipeline.timeout_seconds - STAGING_SECONDS)
    in_a_row = max(1, first.options.array_minutes * SECONDS_PER_MINUTE // seconds)
    parallelism = math.ceil(len(jobs) / in_a_row)
    placed = with_plan(first.pipeline, f"{folder}/{PLANS_NAME}")
    return replace(placed, tasks=len(jobs), parallelism=parallelism)


def task_folder(folder: str, index: int, key: str) -> str:
    """Return a task's own folder: it sorts by number, and tells the job's key."""
    return f"{folder}/{index:05d}-{key}"


def task_plans(jobs: Sequence[Prepared], work: str, folder: str) -> list[Plan]:
    """Return the plans of an array's tasks, each in its own folder."""
    return [
        placed_in(job.plan, work, task_folder(folder, index, job.key))
        for index, job in enumerate(jobs)
    ]


def keys_of(plans: bytes) -> list[str]:
    """Return the keys of an array's jobs from the object with their plans."""
    decoder = msgspec.json.Decoder(_FolderOnly)
    folders = [decoder.decode(line).folder for line in plans.splitlines()]
    return [folder.rpartition("/")[2].partition("-")[2] for folder in folders]


class _FolderOnly(msgspec.Struct):
    folder: str

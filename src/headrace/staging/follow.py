"""Follow the steps' logs into the bucket while they run.

What is stored on the way has a name of its own: the log that stage-out stores in the end is whole,
and no late upload of a part can replace it. After a loss of the machine, or of time, the last part
is all there is.
"""

import time
from collections.abc import Callable
from pathlib import Path

from headrace.errors import StorageError
from headrace.gcs import ObjectUri
from headrace.staging.layout import WorkDisk
from headrace.staging.objects import Objects
from headrace.staging.plan import Plan, part_log_name

PART_BYTES = 1 << 20
"""The end of a log that is stored on the way; the whole log comes with stage-out."""


def follow(
    plan: Plan,
    disk: WorkDisk,
    objects: Objects,
    interval: float,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Store what is new every `interval` seconds, until this process is stopped."""
    stored: dict[int, int] = {}
    while True:
        store_parts(plan, disk, objects, stored)
        sleep(interval)


def store_parts(plan: Plan, disk: WorkDisk, objects: Objects, stored: dict[int, int]) -> None:
    """Store the end of every log that has grown since; `stored` holds the sizes seen, by step."""
    for number, step in enumerate(plan.steps):
        log = disk.step(number) / "log"
        size = log.stat().st_size if log.exists() else 0
        if size > stored.get(number, 0):
            uri = ObjectUri.parse(plan.folder) / part_log_name(number, step.name)
            try:
                objects.write(uri, _end(log))
            except StorageError:
                continue  # the next round, or stage-out, will do
            stored[number] = size


def _end(log: Path) -> bytes:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - PART_BYTES))
        return file.read(PART_BYTES)

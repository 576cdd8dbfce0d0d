"""What the service tells an action of ours by its environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from headrace.errors import InputError
from headrace.gcs import ObjectUri
from headrace.staging.layout import WorkDisk
from headrace.staging.plan import (
    PLAN_VARIABLE,
    PLANS_NAME,
    TASK_VARIABLE,
    WORK_VARIABLE,
    split_part,
)

STORAGE_VARIABLE = "STORAGE_EMULATOR_HOST"
"""Environment variable with the address of a storage server that is not Google's."""


@dataclass(frozen=True)
class Surroundings:
    """Where a job's own action finds things.

    Attributes:
        plans: the object with its plan, or with those of all tasks of an array, or of other jobs.
        task: its number among the array's tasks, None for a job of its own.
        disk: the work disk, or the task's folder of it.
        endpoint: of the storage, None for Google's.
        part: the first and the last byte of its plan, None where the object holds no other jobs'.
    """

    plans: ObjectUri
    task: int | None
    disk: WorkDisk
    endpoint: str | None
    part: tuple[int, int] | None = None


def surroundings(environ: Mapping[str, str]) -> Surroundings:
    """Read the environment; raises `InputError` naming the variable that is missing or wrong."""
    address, part = split_part(_variable(environ, PLAN_VARIABLE))
    plans = ObjectUri.parse(address)
    mount = Path(_variable(environ, WORK_VARIABLE))
    task = _task(environ) if plans.name.endswith(f"/{PLANS_NAME}") else None
    disk = WorkDisk(mount) if task is None else WorkDisk.of_task(mount, task)
    return Surroundings(plans, task, disk, environ.get(STORAGE_VARIABLE), part)


def _task(environ: Mapping[str, str]) -> int:
    text = _variable(environ, TASK_VARIABLE)
    if not text.isdecimal():
        raise InputError(f"{TASK_VARIABLE} is {text!r}, not the number of a task.")
    return int(text)


def _variable(environ: Mapping[str, str], name: str) -> str:
    if not environ.get(name):
        raise InputError(f"{name} is not set: headrace-stage runs inside a job's machine only.")
    return environ[name]

"""Read what step.sh left behind."""

import re
from collections.abc import Iterator
from pathlib import Path

from headrace.staging.layout import WorkDisk
from headrace.staging.manifest import StepRecord
from headrace.staging.plan import Plan

PAGE_BYTES = 4096
"""Memory page of x86-64 and of the Arm images we name."""

MIB = 1 << 20

_TIMES = re.compile(r"(\d+)m([\d.]+)s")


def step_records(plan: Plan, disk: WorkDisk) -> tuple[StepRecord, ...]:
    """Return one record per step of the plan, in order."""
    return tuple(_record(step.name, disk.step(i)) for i, step in enumerate(plan.steps))


def seconds_between(plan: Plan, disk: WorkDisk, until: float) -> float | None:
    """Return the seconds since stage-in ended in which no step ran, `until` seconds of the epoch.

    That is what pulling the steps' images and starting their containers took. None if stage-in did
    not end well.
    """
    if not disk.plan.exists():
        return None
    now = disk.plan.stat().st_mtime
    between = 0.0
    for began, ended in sorted(_spans(plan, disk)):
        between += max(0.0, began - now)
        now = max(now, ended)
    return round(between + max(0.0, until - now), 3)


def _spans(plan: Plan, disk: WorkDisk) -> Iterator[tuple[float, float]]:
    for number in range(len(plan.steps)):
        folder = disk.step(number)
        began, ended = _text(folder / "started"), _text(folder / "ended")
        if began and ended:
            yield float(began), float(ended)


def exit_code(folder: Path) -> int | None:
    """Return the exit code that a step left in its folder, None as long as there is none."""
    code = _text(folder / "exit")
    return int(code) if code else None


def _record(name: str, folder: Path) -> StepRecord:
    started, ended = _text(folder / "started"), _text(folder / "ended")
    pages = _text(folder / "memory")
    cpu = _text(folder / "cpu")
    return StepRecord(
        name=name,
        exit_code=exit_code(folder),
        wall_seconds=round(float(ended) - float(started), 4) if started and ended else None,
        cpu_seconds=cpu_seconds(cpu) if cpu else None,
        peak_memory_mb=round(int(pages) * PAGE_BYTES / MIB, 2) if pages else None,
    )


def cpu_seconds(times: str) -> float:
    """Add up bash's `times`: user and system time, of the shell and of its children."""
    return round(sum(60 * int(m) + float(s) for m, s in _TIMES.findall(times)), 3)


def _text(path: Path) -> str:
    return path.read_text().strip() if path.exists() else ""

"""How long no step ran between stage-in and stage-out: what pulls and containers took."""

import os
from pathlib import Path

import pytest

from headrace.staging.layout import WorkDisk
from headrace.staging.plan import Plan, Step
from headrace.staging.step_records import seconds_between

PLAN = Plan(
    folder="gs://r/work/x",
    inputs=(),
    carried=(),
    steps=(Step("a", "i", "true"), Step("b", "i", "true", beside=True), Step("c", "i", "true")),
    outputs=(),
)


def disk_of(root: Path, spans: list[tuple[float, float]]) -> WorkDisk:
    """Return a disk whose stage-in ended at 1000 and whose steps ran in these spans."""
    disk = WorkDisk(root)
    for number, (began, ended) in enumerate(spans):
        disk.step(number).mkdir(parents=True)
        (disk.step(number) / "started").write_text(f"{began}\n")
        (disk.step(number) / "ended").write_text(f"{ended}\n")
    disk.plan.write_text("{}")
    os.utime(disk.plan, (1000, 1000))
    return disk


@pytest.mark.parametrize(
    ("spans", "until", "seconds"),
    [
        ([(1010, 1020), (1012, 1030), (1033, 1040)], 1041.5, 10 + 3 + 1.5),
        ([(1000, 1020), (1001, 1002), (1020, 1040)], 1040, 0),
        ([(900, 950), (1010, 1020), (1020, 1030)], 1030, 10),
        ([(1010, 1020), (1020, 1030), (1030, 1040)], 990, 10),
    ],
    ids=["pulls", "none", "clock set back", "clock set back at the end"],
)
def test_gaps_between_steps_are_added_up(
    tmp_path: Path, spans: list[tuple[float, float]], until: float, seconds: float
) -> None:
    assert seconds_between(PLAN, disk_of(tmp_path, spans), until) == seconds


def test_where_stage_in_did_not_end_nobody_knows(tmp_path: Path) -> None:
    assert seconds_between(PLAN, WorkDisk(tmp_path), 1000) is None

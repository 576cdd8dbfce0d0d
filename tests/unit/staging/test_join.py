"""headrace/staging/join.py: steps that run at once."""

from pathlib import Path

import pytest

from headrace.staging.join import join
from headrace.staging.layout import WorkDisk


@pytest.fixture
def disk(tmp_path: Path) -> WorkDisk:
    found = WorkDisk(tmp_path)
    for number in range(3):
        found.step(number).mkdir(parents=True)
    return found


def end(disk: WorkDisk, number: int, code: int) -> None:
    (disk.step(number) / "exit").write_text(f"{code}\n")


def test_all_are_waited_for(disk: WorkDisk) -> None:
    """One more ends each time we look: only after the last is it over."""
    running = [0, 1, 2]
    assert join(disk, [0, 1, 2], lambda _: end(disk, running.pop(), 0))
    assert not running


def test_one_that_fails_ends_the_wait_for_the_others(disk: WorkDisk) -> None:
    assert not join(disk, [0, 1, 2], lambda _: end(disk, 1, 7))


def test_an_exit_code_that_is_being_written_is_none_yet(disk: WorkDisk) -> None:
    (disk.step(0) / "exit").touch()
    assert join(disk, [0], lambda _: end(disk, 0, 0))


def test_steps_of_other_waves_do_not_matter(disk: WorkDisk) -> None:
    end(disk, 0, 3)
    end(disk, 2, 0)
    assert join(disk, [2])

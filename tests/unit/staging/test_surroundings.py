"""What an action of ours reads from its environment."""

from pathlib import Path

import pytest

from headrace.errors import InputError
from headrace.staging.surroundings import surroundings

MOUNT = Path("/mnt/disks/work")
ALONE = {"HEADRACE_WORK": str(MOUNT), "HEADRACE_PLAN": "gs://results/work/run/job/plan.json"}
TASK = {**ALONE, "HEADRACE_PLAN": "gs://results/work/run/job/plans.jsonl", "BATCH_TASK_INDEX": "7"}


def test_a_job_of_its_own_has_the_whole_disk_though_batch_numbers_its_task() -> None:
    around = surroundings({**ALONE, "BATCH_TASK_INDEX": "0"})
    assert (around.task, around.disk.root, around.disk.cache) == (None, MOUNT, None)


def test_a_task_of_an_array_has_a_folder_of_its_own_and_shares_script_and_cache() -> None:
    around = surroundings(TASK)
    assert around.task == 7
    assert around.disk.root == MOUNT / "tasks" / "7"
    assert around.disk.step_program == MOUNT / ".headrace" / "step.sh"
    assert around.disk.cache == MOUNT / ".headrace" / "cache"


def test_a_job_whose_plan_lies_among_others_is_told_its_bytes() -> None:
    bundle = "gs://results/work/run/plans/abc.jsonl"
    around = surroundings({**ALONE, "HEADRACE_PLAN": f"{bundle}#20-41", "BATCH_TASK_INDEX": "0"})
    assert (str(around.plans), around.part) == (bundle, (20, 41))
    assert (around.task, around.disk.root) == (None, MOUNT)


@pytest.mark.parametrize("name", ["HEADRACE_PLAN", "HEADRACE_WORK", "BATCH_TASK_INDEX"])
def test_a_missing_variable_is_named(name: str) -> None:
    with pytest.raises(InputError, match=f"^{name} is not set"):
        surroundings({key: value for key, value in TASK.items() if key != name})


def test_a_task_number_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="BATCH_TASK_INDEX is '-1', not the number of a task"):
        surroundings({**TASK, "BATCH_TASK_INDEX": "-1"})

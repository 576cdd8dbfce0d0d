from hypothesis import given
from hypothesis import strategies as st

from localcloud.jobs.states import JobState, TaskState
from localcloud.wire.discovery import document, normalize
from localcloud.wire.enums import enums_as_numbers

JOB_STATES = document("batch.v1")["schemas"]["JobStatus"]["properties"]["state"]["enum"]


def test_every_state_of_ours_is_one_of_the_documents() -> None:
    task_states = document("batch.v1")["schemas"]["TaskStatus"]["properties"]["state"]["enum"]
    assert {state.name for state in JobState} == set(JOB_STATES) - {"STATE_UNSPECIFIED"}
    assert {state.name for state in TaskState} == set(task_states) - {"STATE_UNSPECIFIED"}


def test_enums_become_numbers_wherever_they_are() -> None:
    job = {
        "name": "n",
        "status": {"state": "RUNNING", "statusEvents": [{"taskState": "FAILED"}]},
        "taskGroups": [{"schedulingPolicy": "IN_ORDER", "taskCount": "3"}],
    }
    assert enums_as_numbers("batch.v1", "Job", job) == {
        "name": "n",
        "status": {"state": 3, "statusEvents": [{"taskState": 4}]},
        "taskGroups": [{"schedulingPolicy": 2, "taskCount": "3"}],
    }


@given(st.sampled_from(JOB_STATES))
def test_a_number_is_read_back_as_the_same_name(state: str) -> None:
    numbers = enums_as_numbers("batch.v1", "JobStatus", {"state": state})
    assert normalize("batch.v1", "JobStatus", numbers) == {"state": state}

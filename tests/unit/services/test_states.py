"""Both APIs' answers: every state they can report, and what becomes of an unknown one."""

import contextlib
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from googleapiclient import discovery_cache
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import UnknownStateError
from headrace.services import batch_reports as batch
from headrace.services import lifesciences_reports as lifesciences
from headrace.services.protocol import FailureKind, JobState

NAME = "projects/p/locations/l/jobs/align-0123-0"


def job(state: str, *events: dict[str, Any]) -> dict[str, Any]:
    return {"name": NAME, "status": {"state": state, "statusEvents": list(events)}}


def task(*events: dict[str, Any]) -> dict[str, Any]:
    return {"name": f"{NAME}/taskGroups/group0/tasks/0", "status": {"statusEvents": list(events)}}


def exited(code: int, text: str = "") -> dict[str, Any]:
    return {"description": text, "taskExecution": {"exitCode": code}}


def operation(*, code: int | None = None, done: bool = True, events: Any = ()) -> dict[str, Any]:
    body = {
        "name": "projects/p/locations/l/operations/1",
        "done": done,
        "metadata": {"labels": {"headrace-job": "align-0123-0"}, "events": list(events)},
    }
    return body if code is None else {**body, "error": {"code": code, "message": "why"}}


def test_every_batch_state_of_the_discovery_document_has_a_meaning() -> None:
    folder = Path(discovery_cache.__file__).parent / "documents"
    document = json.loads((folder / "batch.v1.json").read_text())
    states = set(document["schemas"]["JobStatus"]["properties"]["state"]["enum"])
    known = {state for state in states if batch.job_report(job(state)).state != JobState.UNKNOWN}
    assert states - known == {"STATE_UNSPECIFIED"}


@pytest.mark.parametrize("state", ["", "STATE_UNSPECIFIED", "PAUSED"])
def test_an_unknown_batch_state_is_an_end_and_an_error_never_still_running(state: str) -> None:
    assert batch.job_report(job(state)).state.ended
    with pytest.raises(UnknownStateError, match=f"unknown state '{state}'"):
        batch.failure(job(state), [])


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (1, FailureKind.USER),
        (137, FailureKind.USER),
        (50000, FailureKind.USER),
        (50001, FailureKind.INFRASTRUCTURE),
        (50002, FailureKind.INFRASTRUCTURE),
        (50003, FailureKind.INFRASTRUCTURE),
        (50004, FailureKind.TIMEOUT),
        (50005, FailureKind.TIMEOUT),
        (50006, FailureKind.INFRASTRUCTURE),
    ],
)
def test_a_batch_exit_code_tells_whose_failure_it_was(code: int, kind: FailureKind) -> None:
    found = batch.failure(job("FAILED"), [task(exited(code, "text"))])
    assert (found.kind, found.message) == (kind, "text")
    assert found.exit_code == (code if code < 256 else None)


def test_a_reserved_code_that_no_document_names_is_an_error() -> None:
    with pytest.raises(UnknownStateError, match="50042"):
        batch.failure(job("FAILED"), [task(exited(50042))])


def test_a_batch_job_that_failed_before_any_task_says_what_the_job_events_say() -> None:
    event = {"description": "Job state is set from SCHEDULED to FAILED: CODE_GCE_QUOTA_EXCEEDED"}
    found = batch.failure(job("FAILED", event), [])
    assert (found.kind, found.exit_code) == (FailureKind.USER, None)
    assert "CODE_GCE_QUOTA_EXCEEDED" in found.message


def test_a_zone_without_room_is_the_infrastructures_failure() -> None:
    event = {"description": "Batch Error: CODE_GCE_ZONE_RESOURCE_POOL_EXHAUSTED in us-central1-a"}
    assert batch.failure(job("FAILED", event), []).kind is FailureKind.INFRASTRUCTURE


def test_a_preempted_and_then_successful_batch_job_succeeded() -> None:
    report = batch.job_report(job("SUCCEEDED", exited(50001, "preempted"), {"description": "ok"}))
    assert report.state is JobState.SUCCEEDED


def test_the_batch_machine_is_read_from_the_events() -> None:
    event = {"description": "Task state is updated ... on zones/us-central1-b/instances/vm-7 ..."}
    assert batch.job_report(job("RUNNING", event)).machine == "vm-7"


def test_the_times_of_a_batch_job_are_read_from_its_events() -> None:
    states = ["QUEUED", "SCHEDULED", "RUNNING", "FAILED"]
    events = [
        {
            "description": f"Job state is set from {old} to {new} for job {NAME}. Text",
            "eventTime": f"2026-11-26T09:00:0{second}Z",
        }
        for second, (old, new) in enumerate(pairwise(states), 1)
    ]
    body = {**job("FAILED", *events), "createTime": "2026-11-26T09:00:00Z"}
    moments = batch.job_report(body).moments
    found = (moments.submitted, moments.scheduled, moments.running, moments.ended)
    assert [moment.second for moment in found if moment] == [0, 1, 2, 3]


def test_the_times_of_an_operation_are_read_from_its_metadata_and_events() -> None:
    events = [  # newest first
        {"timestamp": "2026-11-26T09:00:03Z", "containerStarted": {"actionId": 2}},
        {"timestamp": "2026-11-26T09:00:02Z", "containerStarted": {"actionId": 1}},
        {"timestamp": "2026-11-26T09:00:01Z", "workerAssigned": {"zone": "z", "instance": "vm"}},
    ]
    body = operation(events=events)
    body["metadata"] |= {"createTime": "2026-11-26T09:00:00Z", "endTime": "2026-11-26T09:00:04Z"}
    moments = lifesciences.job_report(body).moments
    found = (moments.submitted, moments.scheduled, moments.running, moments.ended)
    assert [moment.second for moment in found if moment] == [0, 1, 2, 4]


def test_pulls_of_images_are_added_up_and_begin_the_work_of_an_operation() -> None:
    def pull(kind: str, image: str, second: int) -> dict[str, Any]:
        moment = f"2026-11-26T09:00:{second:02}Z"
        return {"timestamp": moment, kind: {"imageUri": image}}

    events = [  # newest first
        {"timestamp": "2026-11-26T09:00:20Z", "containerStarted": {"actionId": 1}},
        pull("pullStopped", "b", 18),
        pull("pullStarted", "b", 12),
        pull("pullStopped", "a", 11),
        pull("pullStarted", "a", 10),
    ]
    moments = lifesciences.job_report(operation(events=events)).moments
    assert moments.pull_seconds == 7
    assert moments.running is not None
    assert moments.running.second == 10
    unended = lifesciences.job_report(operation(events=events[2:])).moments
    assert unended.pull_seconds is None


@pytest.mark.parametrize("code", ["CODE_GCE_QUOTA_EXCEEDED", "ZONE_RESOURCE_POOL_EXHAUSTED"])
def test_a_job_that_waits_for_quota_or_room_says_so(code: str) -> None:
    event = {"description": f"Job gets information Batch Error: code - {code}, description - x"}
    assert batch.job_report(job("SCHEDULED", event)).moments.waited
    assert not batch.job_report(job("SCHEDULED")).moments.waited


@pytest.mark.parametrize("code", range(1, 17))
def test_every_rpc_code_of_an_operation_has_a_meaning(code: int) -> None:
    report = lifesciences.job_report(operation(code=code))
    expected = JobState.CANCELLED if code == 1 else JobState.FAILED
    assert report.state is expected
    assert lifesciences.failure(operation(code=code)).message == "why"


def test_an_unknown_rpc_code_is_an_end_and_an_error() -> None:
    assert lifesciences.job_report(operation(code=99)).state is JobState.UNKNOWN
    with pytest.raises(UnknownStateError, match="99"):
        lifesciences.failure(operation(code=99))


@pytest.mark.parametrize("code", [8, 10, 14])
def test_lost_workers_are_the_infrastructures_failure(code: int) -> None:
    assert lifesciences.failure(operation(code=code)).kind is FailureKind.INFRASTRUCTURE


def test_a_live_operation_is_queued_then_starting_then_running() -> None:
    assigned = {"workerAssigned": {"instance": "vm-7"}, "description": "assigned"}
    started = {"containerStarted": {"actionId": 1}, "description": "started"}
    states = [
        lifesciences.job_report(operation(done=False, events=events))
        for events in ([], [assigned], [started, assigned])
    ]
    assert [report.state for report in states] == [
        JobState.QUEUED,
        JobState.STARTING,
        JobState.RUNNING,
    ]
    assert (states[2].machine, states[2].detail, states[2].job_id) == (
        "vm-7",
        "started",
        "align-0123-0",
    )


def test_the_first_unexpected_exit_status_is_the_jobs() -> None:
    events = [  # newest first
        {"unexpectedExitStatus": {"actionId": 3, "exitStatus": 9}},
        {"unexpectedExitStatus": {"actionId": 2, "exitStatus": 5}},
    ]
    assert lifesciences.failure(operation(code=9, events=events)).exit_code == 5


TEXTS = st.sampled_from(["", "VM lost", "on zones/us-central1-b/instances/vm-7 due to x"])
EVENTS = st.lists(
    st.one_of(
        st.builds(lambda text: {"description": text}, TEXTS),
        st.builds(exited, st.sampled_from([0, 1, 137, 255, *range(50000, 50008)]), TEXTS),
    ),
    max_size=4,
)
BATCH_STATES = st.sampled_from([*batch.STATES, "", "STATE_UNSPECIFIED", "PAUSED"])


@given(BATCH_STATES, EVENTS, st.lists(EVENTS, max_size=2))
def test_whatever_batch_says_is_one_state_and_one_reason_or_an_unknown_one(
    state: str, events: list[dict[str, Any]], tasks: list[list[dict[str, Any]]]
) -> None:
    found = job(state, *events)
    report = batch.job_report(found)
    assert (report.state is JobState.UNKNOWN) == (state not in batch.STATES)
    assert (report.zone == "") == (report.machine == "")
    with contextlib.suppress(UnknownStateError):
        failure = batch.failure(found, [task(*each) for each in tasks])
        assert report.state is not JobState.UNKNOWN
        assert failure.exit_code is None or failure.exit_code < 256
        assert (failure.kind is FailureKind.CANCELLED) == (report.state is JobState.CANCELLED)


OPERATION_EVENTS = st.lists(
    st.sampled_from(
        [
            {"description": "waiting", "delayed": {"cause": "quota"}},
            {"workerAssigned": {"instance": "vm-7", "zone": "us-central1-b"}},
            {"containerStarted": {"actionId": 1}},
            {"unexpectedExitStatus": {"actionId": 1, "exitStatus": 3}},
            {},
        ]
    ),
    max_size=5,
)


@given(st.booleans(), st.none() | st.integers(-1, 20), OPERATION_EVENTS)
def test_whatever_an_operation_says_is_one_state(
    done: bool, code: int | None, events: list[dict[str, Any]]
) -> None:
    found = operation(code=code, done=done, events=events)
    report = lifesciences.job_report(found)
    assert report.state.ended is done
    if done and code is not None and report.state is not JobState.UNKNOWN:
        assert 1 <= code <= 16
        lifesciences.failure(found)

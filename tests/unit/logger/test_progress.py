"""Recorded event sequences of real runs of Snakemake 9.27.1 add up to the right status.

The recordings hold the records of small workflows with two samples, `make` then `up` (a
checkpoint), as a logger plugin receives them; fields that nobody reads are left out.
"""

import json
import logging
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headrace.runs.status import MAX_ERRORS, MAX_RUNNING, RuleProgress, RunState, RunStatus
from snakemake_logger_plugin_headrace import events
from snakemake_logger_plugin_headrace.progress import MAX_MESSAGE, RunProgress

RECORDED = Path(__file__).parent / "recorded"


def _record(**fields: Any) -> logging.LogRecord:
    return logging.makeLogRecord({"msg": "", "created": 1000.0} | fields)


def _recorded(name: str) -> list[logging.LogRecord]:
    lines = (RECORDED / f"{name}.jsonl").read_text().splitlines()
    return [logging.makeLogRecord(json.loads(line)) for line in lines]


def _follow(records: list[logging.LogRecord]) -> RunProgress:
    progress = RunProgress("run-1")
    for record in records:
        event = events.read(record)
        if event is not None:
            progress.add(event, record.created)
    return progress


def test_a_run_that_succeeds() -> None:
    status = _follow(_recorded("succeeded")).status(ended=True)
    assert (status.run_id, status.state) == ("run-1", RunState.SUCCEEDED)
    assert (status.jobs_total, status.jobs_failed, status.jobs_running) == (5, 0, 0)
    assert status.rules["make"] == RuleProgress(total=2, done=2)
    assert status.rules["up"] == RuleProgress(total=2, done=2)
    assert status.errors == ()
    assert status.started < status.updated


@pytest.mark.parametrize("remark", ["", " (send to storage)", " (pipe, send to storage)"])
def test_a_log_is_its_address_without_snakemakes_remark(remark: str) -> None:
    failed = events.read(
        _record(
            event="job_error",
            jobid=1,
            rule_name="make",
            rule_msg="why",
            log=[f"gs://results/logs/make (1).log{remark}"],
        )
    )
    assert isinstance(failed, events.JobFailed)
    assert failed.log == "gs://results/logs/make (1).log"


def test_a_run_in_the_middle_names_its_running_job() -> None:
    records = _recorded("succeeded")
    first_start = [getattr(record, "event", None) for record in records].index("job_info")
    status = _follow(records[: first_start + 1]).status(ended=False)
    assert status.state is RunState.RUNNING
    assert (status.jobs_total, status.jobs_done, status.jobs_running) == (5, 0, 1)
    assert status.running[0].rule == "make"
    assert status.running[0].wildcards == {"sample": "a"}
    assert status.running[0].external_id is None


def test_a_run_that_needs_no_job_succeeds() -> None:
    status = _follow(_recorded("nothing-to-do")).status(ended=True)
    assert status.state is RunState.SUCCEEDED
    assert (status.jobs_total, status.rules) == (0, {})


def test_a_failed_attempt_that_was_made_good_is_no_failure_but_is_told() -> None:
    status = _follow(_recorded("retried")).status(ended=True)
    assert status.state is RunState.SUCCEEDED
    assert status.jobs_failed == 0
    assert status.rules["make"] == RuleProgress(total=2, done=2)
    assert [(error.rule, error.wildcards) for error in status.errors] == [("make", {"sample": "b"})]


def test_a_run_with_a_job_that_failed_for_good() -> None:
    status = _follow(_recorded("failed")).status(ended=True)
    assert status.state is RunState.FAILED
    assert status.jobs_failed == 1
    assert status.rules["make"] == RuleProgress(total=2, done=1, failed=1)
    attempt = status.errors[-2]
    assert (attempt.rule, attempt.wildcards, attempt.log) == ("make", {"sample": "b"}, "logs/b.log")
    assert "returned non-zero exit status 1" in attempt.message
    assert status.errors[-1].rule is None
    assert "At least one job did not complete" in status.errors[-1].message


def test_a_workflow_that_cannot_be_planned_has_failed() -> None:
    status = _follow(_recorded("missing-input")).status(ended=True)
    assert status.state is RunState.FAILED
    assert "Missing input files for rule up" in status.errors[0].message


def test_an_error_after_the_last_job_fails_the_run() -> None:
    hook_error = _record(event="error", msg="WorkflowError in onsuccess")
    status = _follow([*_recorded("succeeded"), hook_error]).status(ended=True)
    assert status.state is RunState.FAILED


def test_a_run_whose_log_closes_without_a_word_has_failed() -> None:
    records = _recorded("succeeded")
    assert _follow(records[:-1]).status(ended=True).state is RunState.FAILED


def test_before_snakemake_begins_there_is_no_status() -> None:
    progress = _follow([_record(event="error", msg="Lock cannot be acquired")])
    assert not progress.begun
    with pytest.raises(ValueError, match="has not begun"):
        progress.status(ended=True)


def _started(jobid: int, rule: str = "align") -> logging.LogRecord:
    return _record(
        event="job_info", jobid=jobid, rule_name=rule, wildcards={"n": jobid}, log=["l.log"]
    )


def _failed(jobid: int, message: str | None = None) -> logging.LogRecord:
    return _record(
        event="job_error", jobid=jobid, rule_name="align", rule_msg=message, log=["l.log"], aux={}
    )


BEGIN = [_record(event="workflow_started", created=999.0)]


def test_members_of_a_group_are_followed_by_their_own_ids() -> None:
    """A group starts under a UUID, describes and finishes its members, and fails as a whole."""
    group = [
        _record(event="job_started", jobs=["6f0c2a1e-uuid"]),
        _record(event="group_info", group_id="6f0c2a1e-uuid", jobs=["align", "align"]),
        _started(1),
        _started(2),
    ]
    done = [_record(event="job_finished", job_id=n) for n in (1, 2)]
    status = _follow([*BEGIN, *group, *done]).status(ended=False)
    assert (status.jobs_done, status.jobs_running) == (2, 0)
    error = _record(event="group_error", msg="Error in group 6f0c", groupid="6f0c2a1e-uuid")
    status = _follow([*BEGIN, *group, error, _failed(1), _failed(2)]).status(ended=False)
    assert (status.jobs_failed, status.jobs_running) == (2, 0)
    assert [one.rule for one in status.errors] == ["align", "align"]


def test_the_name_at_the_service_is_kept_for_running_jobs() -> None:
    submitted = _record(
        msg="Submitted.", headrace_submitted={"jobids": [2, 7], "external_id": "projects/p/jobs/j"}
    )
    status = _follow([*BEGIN, _started(1), _started(2), submitted]).status(ended=False)
    assert [job.external_id for job in status.running] == [None, "projects/p/jobs/j"]


def test_a_message_of_the_executor_is_preferred_and_an_unrelated_error_stays() -> None:
    told = _record(event="error", msg="something else")
    status = _follow([*BEGIN, _started(1), told, _failed(1, "out of memory")]).status(ended=False)
    assert [(one.rule, one.message) for one in status.errors] == [
        (None, "something else"),
        ("align", "out of memory"),
    ]


def test_what_jobs_say_at_the_same_time_is_told_apart_by_their_threads() -> None:
    def said(thread: int) -> logging.LogRecord:
        return _record(event="error", msg=f"exit status {thread}", thread=thread)

    failures = [_failed(1), _failed(2)]
    failures[0].thread, failures[1].thread = 11, 12
    other = [_started(3), _record(event="job_finished", job_id=3)]
    records = [*BEGIN, _started(1), _started(2), said(11), *other, said(12), *failures]
    status = _follow(records).status(ended=False)
    assert [(one.wildcards, one.message) for one in status.errors] == [
        ({"n": "1"}, "exit status 11"),
        ({"n": "2"}, "exit status 12"),
    ]


def test_lists_and_messages_are_bounded_and_counts_are_not() -> None:
    many = range(MAX_RUNNING + 50)
    records = [*BEGIN, *map(_started, many)]
    status = _follow(records).status(ended=False)
    assert (len(status.running), status.jobs_running) == (MAX_RUNNING, len(many))
    status = _follow([*records, *(_failed(n, "x" * 5000) for n in many)]).status(ended=False)
    assert (len(status.errors), status.jobs_failed) == (MAX_ERRORS, len(many))
    assert len(status.errors[0].message) == MAX_MESSAGE


def test_jobs_that_a_checkpoint_added_raise_the_totals() -> None:
    plan = _record(event="run_info", stats={"align": 1, "total": 1})
    more = _record(event="progress", done=1, total=3)
    finished = [_record(event="job_finished", job_id=1)]
    records = [*BEGIN, plan, _started(1), *finished, more, _started(2), _started(3, "late")]
    status = _follow(records).status(ended=False)
    assert status.jobs_total == 3
    assert status.rules == {
        "align": RuleProgress(total=2, done=1),
        "late": RuleProgress(total=1),
    }


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["start", "finish", "fail"]), st.integers(0, 5))))
def test_every_started_job_is_running_failed_or_done(steps: list[tuple[str, int]]) -> None:
    progress = _follow(BEGIN)
    running: set[int] = set()
    failed: set[int] = set()
    done = 0
    for step, jobid in steps:
        if step == "start" and jobid not in running:
            record = _started(jobid)
            running.add(jobid)
            failed.discard(jobid)
        elif step == "finish" and jobid in running:
            record = _record(event="job_finished", job_id=jobid)
            running.remove(jobid)
            done += 1
        elif step == "fail" and jobid in running:
            record = _failed(jobid, "why")
            running.remove(jobid)
            failed.add(jobid)
        else:
            continue
        event = events.read(record)
        assert event is not None
        progress.add(event, record.created)
        status = progress.status(ended=False)
        assert {job.jobid for job in status.running} == running
        assert (status.jobs_running, status.jobs_failed) == (len(running), len(failed))
        assert status.jobs_done == done


@pytest.mark.parametrize("name", ["succeeded", "failed", "retried", "nothing-to-do"])
def test_a_status_reads_back_as_it_was_written_and_knows_its_keys(name: str) -> None:
    status = _follow(_recorded(name)).status(ended=True)
    text = msgspec.json.encode(status)
    assert msgspec.json.decode(text, type=RunStatus) == status
    with pytest.raises(msgspec.ValidationError, match="unknown field `extra`"):
        msgspec.json.decode(text[:-1] + b',"extra":1}', type=RunStatus)

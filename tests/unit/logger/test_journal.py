"""Events add up to the journal: each job and each attempt as it was told last."""

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from headrace.errors import RecordError
from headrace.runs import journal
from headrace.runs.journal import Attempt, EntryState, JobEntry, Journal
from snakemake_logger_plugin_headrace import events
from snakemake_logger_plugin_headrace.progress import RunProgress

RECORDED = Path(__file__).parent / "recorded"
ATTEMPT = Attempt(
    external_id="projects/p/jobs/align-1",
    jobids=(1, 2),
    folder="gs://results/work/r/align-1",
    machine_type="e2-medium",
    spot=False,
    state="queued",
    submitted=datetime(2026, 1, 1, tzinfo=UTC),
)


def _record(**fields: Any) -> logging.LogRecord:
    return logging.makeLogRecord({"msg": "", "created": 1000.0} | fields)


def _follow(*records: logging.LogRecord) -> Journal:
    progress = RunProgress("run-1", {"snakemake": "9"})
    for record in records:
        event = events.read(record)
        if event is not None:
            progress.add(event, record.created)
    return progress.journal()


def _start(jobid: int, at: float = 1000.0, **fields: Any) -> logging.LogRecord:
    told = {"rule_name": "align", "wildcards": {"sample": "a"}, "log": []} | fields
    return _record(event="job_info", jobid=jobid, created=at, **told)


def test_a_recorded_run_leaves_each_job_with_its_times_and_its_tries() -> None:
    lines = (RECORDED / "retried.jsonl").read_text().splitlines()
    written = _follow(*(logging.makeLogRecord(json.loads(line)) for line in lines))
    jobs = {job.jobid: job for job in written.jobs}
    assert {job.state for job in jobs.values()} == {EntryState.DONE}
    assert (jobs[2].tries, jobs[4].tries) == (1, 2)
    assert jobs[4].message.endswith("returned non-zero exit status 1."), "why it was tried again"
    assert jobs[4].logs == ("logs/b.log",)
    assert all(job.started and job.ended and job.started < job.ended for job in jobs.values())


def test_a_job_is_told_with_addresses_command_and_what_it_asked_for() -> None:
    (job,) = _follow(
        _start(
            3,
            input=["gs://in/a.fq (retrieve from storage)"],
            output=["gs://out/a.bam (send to storage)"],
            resources={"mem_mb": 2000, "tmpdir": "<TBD>", "_cores": 4, "strange": object()},
            threads=4,
            shellcmd="\n        align a.fq\n        ",
            reason="Missing output files",
        )
    ).jobs
    assert (job.inputs, job.outputs) == (("gs://in/a.fq",), ("gs://out/a.bam",))
    assert (job.resources, job.threads, job.command) == ({"mem_mb": 2000}, 4, "align a.fq")


def test_what_an_executor_knows_beforehand_is_waiting_or_reused_until_it_starts() -> None:
    known = [
        JobEntry(jobid=1, rule="align", wildcards={"sample": "a"}, resources={}),
        JobEntry(jobid=2, rule="index", wildcards={}, resources={}, state=EntryState.REUSED),
    ]
    told = _record(headrace_jobs=msgspec.to_builtins(known))
    states = [job.state for job in _follow(told).jobs]
    assert states == [EntryState.WAITING, EntryState.REUSED]
    again = _follow(told, _start(1), told)
    assert [job.state for job in again.jobs] == [EntryState.RUNNING, EntryState.REUSED]


def test_an_attempt_is_as_it_was_told_last_and_keeps_its_place() -> None:
    running = msgspec.structs.replace(ATTEMPT, state="running", machine="vm-1")
    other = msgspec.structs.replace(ATTEMPT, external_id="projects/p/jobs/align-2")
    told = [_record(headrace_attempt=msgspec.to_builtins(a)) for a in (ATTEMPT, other, running)]
    assert _follow(*told).attempts == (running, other)


def test_an_attempt_of_another_shape_is_refused_by_name() -> None:
    with pytest.raises(RecordError, match="headrace_attempt: unknown key 'stat'"):
        events.read(_record(headrace_attempt=msgspec.to_builtins(ATTEMPT) | {"stat": 1}))


def test_a_journal_reads_back_as_it_was_written() -> None:
    written = _follow(_start(1), _record(headrace_attempt=msgspec.to_builtins(ATTEMPT)))
    assert journal.read(msgspec.json.encode(written), "jobs.json") == written

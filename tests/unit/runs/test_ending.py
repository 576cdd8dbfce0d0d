"""A run's end is composed from what is in its folder and what the log tells."""

import errno
import json
import re
from datetime import UTC, datetime

import pytest

from headrace.errors import RecordError
from headrace.gcs import ObjectUri
from headrace.runs import ending
from headrace.runs.console import Report
from headrace.runs.documents import schemas
from headrace.runs.records import FailedJob, Grade, RunError
from tests.unit.arrivals.memory import MemoryStore

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FOLDER = ObjectUri("results", "runs/paired-1")
DONE = Report(jobs_done=7)


def failed(sample: str) -> FailedJob:
    return FailedJob(rule="align", wildcards={"sample": sample}, message="Code 3.", log=None)


def test_a_good_end_lists_results_report_and_verdicts(store: MemoryStore) -> None:
    verdicts = [{"sample": "s1", "verdict": "WARN", "reasons": ["Few reads."], "metrics": {"q": 1}}]
    store.write(FOLDER / "results/verdicts.json", json.dumps(verdicts).encode())
    store.write(FOLDER / "report/data.zip", b"12345")
    store.write(FOLDER / "report/multiqc.html", b"1234")
    store.write(FOLDER / "logs/controller.log", b"")
    end = ending.outputs(store, FOLDER, DONE, 12.345, NOW)
    assert end.run_id == "paired-1"
    assert [(v.sample, v.verdict, v.reasons) for v in end.verdicts] == [
        ("s1", Grade.WARN, ["Few reads."])
    ]
    assert end.report == "gs://results/runs/paired-1/report/multiqc.html"
    assert [(file.uri.rpartition("/")[2], file.size) for file in end.results][1:] == [
        ("data.zip", 5),
        ("multiqc.html", 4),
    ]
    assert (end.jobs, end.seconds, end.ended) == (7, 12.3, NOW)


def test_a_workflow_without_verdicts_or_report_ends_well(store: MemoryStore) -> None:
    end = ending.outputs(store, FOLDER, DONE, 1, NOW)
    assert (end.verdicts, end.report, end.results) == ([], None, [])


def test_verdicts_of_another_shape_are_an_error(store: MemoryStore) -> None:
    store.write(FOLDER / "results/verdicts.json", b'[{"sample": "s1", "verdict": "MAYBE"}]')
    with pytest.raises(RecordError, match=re.escape("verdicts.json: Invalid enum value 'MAYBE'")):
        ending.outputs(store, FOLDER, DONE, 1, NOW)


def test_failed_jobs_are_named() -> None:
    end = ending.failure(FOLDER, Report(jobs_done=3, failed=(failed("s1"), failed("s2"))), 1, NOW)
    assert end.sentence == "2 jobs failed: align (sample=s1); align (sample=s2). Code 3."
    assert len(end.failed_jobs) == 2
    assert end.log == "gs://results/runs/paired-1/logs/controller.log"
    assert end.exit_code == 1


def test_of_very_many_failed_jobs_some_are_named() -> None:
    report = Report(jobs_done=0, failed=tuple(failed(f"s{number}") for number in range(9)))
    end = ending.failure(FOLDER, report, 1, NOW)
    assert "9 jobs failed" in end.sentence
    assert "and 4 more" in end.sentence
    assert len(end.failed_jobs) == 9


def test_missing_input_is_named_with_what_to_do() -> None:
    end = ending.failure(FOLDER, Report(jobs_done=0, missing=("gs://inbox/genome.fa",)), 1, NOW)
    assert end.sentence == (
        "The workflow did not start, for want of gs://inbox/genome.fa: "
        "upload what is missing, or correct the configuration."
    )


def test_a_workflow_that_fails_by_itself_has_the_last_words() -> None:
    end = ending.failure(FOLDER, Report(jobs_done=0, last_words="unknown key 'x'"), 1, NOW)
    assert end.sentence == "The workflow ended with exit code 1: unknown key 'x'"


def test_every_document_has_a_closed_schema() -> None:
    for file, schema in schemas().items():
        assert file.endswith(".json")
        kinds = [kind for kind in schema["$defs"].values() if kind.get("type") == "object"]
        assert all(kind["additionalProperties"] is False for kind in kinds)


def test_a_workflow_that_was_killed_is_told_as_want_of_memory() -> None:
    end = ending.failure(FOLDER, Report(jobs_done=3, last_words="3 of 9 steps"), -9, NOW)
    assert "more memory than the controller has" in end.sentence


@pytest.mark.parametrize(
    "end",
    [
        ending.failure(FOLDER, Report(0, last_words="[Errno 28] No space left on device"), 1, NOW),
        ending.fault(FOLDER, OSError(errno.ENOSPC, "No space left on device"), NOW),
    ],
    ids=["Snakemake's", "the controller's"],
)
def test_a_full_disk_is_told_as_that(end: RunError) -> None:
    assert end.sentence.startswith("The controller's disk is full.")


def test_what_nobody_foresaw_is_told_as_a_fault_of_ours() -> None:
    assert "a fault of Headrace: KeyError('x')" in ending.fault(FOLDER, KeyError("x"), NOW).sentence

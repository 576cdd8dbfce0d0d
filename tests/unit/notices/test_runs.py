"""The notice of a run's end says in plain words what happened, and the one next step."""

from datetime import UTC, datetime

from headrace.gcs import ObjectUri
from headrace.notices import runs
from headrace.notices.records import Price
from headrace.runs import ending
from headrace.runs.records import (
    FailedJob,
    Grade,
    OutputFile,
    RunEvent,
    RunOutputs,
    RunRequest,
    Verdict,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RUN = "paired-0123456789abcdef0123"
FOLDER = ObjectUri("results", f"runs/{RUN}")
REQUEST = RunRequest(
    run_id=RUN, rule="paired", created=NOW, image="i", objects=[], samples=["s1", "s2", "s3", "s4"]
)
VERDICTS = [
    Verdict(sample=f"s{number}", verdict=grade, reasons=[f"Because {number}."])
    for number, grade in enumerate((Grade.PASS, Grade.FAIL, Grade.WARN, Grade.PASS), start=1)
]
GOOD = RunOutputs(
    run_id=RUN,
    verdicts=VERDICTS,
    report=f"{FOLDER}/report/multiqc.html",
    results=[OutputFile(uri=f"{FOLDER}/results/a", size=1)],
    jobs=12,
    seconds=1,
    ended=NOW,
)


def test_a_good_end_tells_of_verdicts_the_worst_first() -> None:
    notice = runs.ended(REQUEST, GOOD, FOLDER, None, Price(amount=1.5, currency="EUR"))
    assert (notice.event, notice.id) == (RunEvent.FINISHED, f"{RUN}.finished")
    assert notice.headline == ("paired s1, s2, s3 and 1 more has finished: 1 FAIL, 1 WARN, 2 PASS")
    assert [verdict.sample for verdict in notice.verdicts] == ["s2", "s3", "s1", "s4"]
    assert notice.counts == {"FAIL": 1, "WARN": 1, "PASS": 2}
    assert "Look at the report" in notice.next_step
    assert notice.cost == Price(amount=1.5, currency="EUR")


def test_the_run_s_page_is_the_first_link_where_there_is_one() -> None:
    without = runs.ended(REQUEST, GOOD, FOLDER, None)
    notice = runs.ended(REQUEST, GOOD, FOLDER, None, has_page=True)
    assert [link.title for link in without.links] == ["Report", "Folder"]
    assert [link.title for link in notice.links] == ["Run", "Report", "Folder"]
    assert notice.links[0].address == (
        f"https://storage.cloud.google.com/results/runs/{RUN}/index.html"
    )


def test_a_failure_tells_what_failed_its_log_and_how_to_go_on() -> None:
    job = FailedJob(rule="align", wildcards={"sample": "s1"}, message="", log="gs://results/x.log")
    end = ending.error(FOLDER, "1 job failed: align.", NOW, failed_jobs=(job,))
    notice = runs.ended(REQUEST, end, FOLDER, "http://127.0.0.1:1")
    assert (notice.event, notice.sentence) == (RunEvent.FAILED, "1 job failed: align.")
    assert notice.links[0].address == "http://127.0.0.1:1/results/x.log"
    assert f"headrace runs rerun {RUN}" in notice.next_step


def test_a_request_that_cannot_be_read_has_its_notice_all_the_same() -> None:
    end = ending.error(FOLDER, "run.json: unknown key.", NOW)
    notice = runs.ended(None, end, FOLDER, None)
    assert notice.headline == f"Run {RUN} failed"
    assert notice.rule is None


def test_a_run_that_was_cancelled_is_no_failure() -> None:
    end = ending.error(FOLDER, "Cancelled by ann.", NOW, cancelled=True)
    notice = runs.ended(REQUEST, end, FOLDER, None)
    assert notice.event is RunEvent.CANCELLED
    assert notice.headline.endswith("was cancelled")

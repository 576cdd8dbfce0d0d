"""How a run ended: `outputs.json` or `error.json`, composed from what is in its folder."""

from datetime import datetime

from headrace.errors import ObjectMissingError
from headrace.gcs import ObjectUri
from headrace.records import decode_json
from headrace.runs import console
from headrace.runs.records import LOG_FILE, FailedJob, OutputFile, RunError, RunOutputs, Verdict
from headrace.runs.store import Store

VERDICTS_FILE = "results/verdicts.json"
"""Where a workflow leaves its verdicts, if it gives any."""

_RESULT_FOLDERS = ("results/", "report/")
_REPORT_FOLDER = "report/"
_MAX_NAMED_JOBS = 5

STOPPED = (
    "The controller was told to stop before the workflow had ended; finished results are kept. "
    "Upload the files again for a new run."
)


def outputs(
    store: Store, folder: ObjectUri, report: console.Report, seconds: float, now: datetime
) -> RunOutputs:
    """Return the good end; raises `RecordError` if the workflow's verdicts cannot be read."""
    results = [
        OutputFile(uri=str(stored.uri), size=stored.size)
        for part in _RESULT_FOLDERS
        for stored in store.list_objects(folder / part)
    ]
    return RunOutputs(
        run_id=folder.name.rpartition("/")[2],
        verdicts=_verdicts(store, folder / VERDICTS_FILE),
        report=_report(results, folder),
        results=results,
        jobs=report.jobs_done,
        seconds=round(seconds, 1),
        ended=now,
    )


def failure(folder: ObjectUri, report: console.Report, exit_code: int, now: datetime) -> RunError:
    """Return the bad end of a workflow that ran."""
    return error(
        folder, _sentence(report, exit_code), now, failed_jobs=report.failed, exit_code=exit_code
    )


def error(
    folder: ObjectUri,
    sentence: str,
    now: datetime,
    *,
    failed_jobs: tuple[FailedJob, ...] = (),
    exit_code: int | None = None,
) -> RunError:
    """Return a bad end, whatever the reason."""
    return RunError(
        run_id=folder.name.rpartition("/")[2],
        sentence=sentence,
        failed_jobs=list(failed_jobs),
        exit_code=exit_code,
        log=str(folder / LOG_FILE),
        ended=now,
    )


def describe(job: FailedJob) -> str:
    """Return a job as people name it: `align (sample=s1)`."""
    wildcards = ", ".join(f"{name}={value}" for name, value in job.wildcards.items())
    return f"{job.rule} ({wildcards})" if wildcards else job.rule


def _sentence(report: console.Report, exit_code: int) -> str:
    if not report.failed:
        return f"The workflow ended with exit code {exit_code}: {report.last_words}"
    named = "; ".join(describe(job) for job in report.failed[:_MAX_NAMED_JOBS])
    more = len(report.failed) - _MAX_NAMED_JOBS
    rest = f" and {more} more" if more > 0 else ""
    count = "1 job" if len(report.failed) == 1 else f"{len(report.failed)} jobs"
    return f"{count} failed: {named}{rest}. See the logs for the reason."


def _verdicts(store: Store, uri: ObjectUri) -> list[Verdict]:
    try:
        text = store.read(uri)
    except ObjectMissingError:
        return []
    return decode_json(text, list[Verdict], str(uri))


def _report(results: list[OutputFile], folder: ObjectUri) -> str | None:
    pages = (
        file.uri
        for file in results
        if file.uri.startswith(str(folder / _REPORT_FOLDER)) and file.uri.endswith(".html")
    )
    return next(pages, None)

"""How a run ended: `outputs.json` or `error.json`, composed from what is in its folder."""

import errno
import os
import signal
from collections.abc import Mapping, Sequence
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
_MAX_NAMED = 5
_NO_SPACE = os.strerror(errno.ENOSPC)

DISK_FULL = (
    "The controller's disk is full. It holds the workflow, its log, and what local rules write: "
    "let large files be written by rules that are not local."
)

STOPPED = (
    "The controller was told to stop before the workflow had ended; finished results are kept. "
    "'headrace runs rerun' goes on with them."
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
    cancelled: bool = False,
) -> RunError:
    """Return a bad end, whatever the reason."""
    return RunError(
        run_id=folder.name.rpartition("/")[2],
        sentence=sentence,
        failed_jobs=list(failed_jobs),
        exit_code=exit_code,
        log=str(folder / LOG_FILE),
        ended=now,
        cancelled=cancelled,
    )


def fault(folder: ObjectUri, problem: Exception, now: datetime) -> RunError:
    """Return the bad end of a controller that failed at something nobody foresaw."""
    if isinstance(problem, OSError) and problem.errno == errno.ENOSPC:
        return error(folder, DISK_FULL, now)
    return error(folder, f"The controller failed, which is a fault of Headrace: {problem!r}", now)


def describe(rule: str, wildcards: Mapping[str, str]) -> str:
    """Return a job as people name it: `align (sample=s1)`."""
    values = ", ".join(f"{name}={value}" for name, value in wildcards.items())
    return f"{rule} ({values})" if values else rule


def _sentence(report: console.Report, exit_code: int) -> str:
    if report.missing:
        return (
            f"The workflow did not start, for want of {_some(report.missing)}: "
            "upload what is missing, or correct the configuration."
        )
    if exit_code == -signal.SIGKILL:
        return (
            "Snakemake was killed, most likely because this workflow's graph of jobs needs more "
            "memory than the controller has: start fewer samples in one run."
        )
    if _NO_SPACE in report.last_words:
        return DISK_FULL
    if not report.failed:
        return f"The workflow ended with exit code {exit_code}: {report.last_words}"
    named = _some([describe(job.rule, job.wildcards) for job in report.failed])
    count = "1 job" if len(report.failed) == 1 else f"{len(report.failed)} jobs"
    return f"{count} failed: {named}. {report.failed[0].message}".rstrip()


def _some(names: Sequence[str]) -> str:
    """Name the first few."""
    more = len(names) - _MAX_NAMED
    return "; ".join(names[:_MAX_NAMED]) + (f" and {more} more" if more > 0 else "")


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

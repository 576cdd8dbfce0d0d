"""The notices of a run: that it began, and how it ended."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from headrace.errors import HeadraceError
from headrace.gcs import ObjectUri
from headrace.money.records import COST_FILE, RunCost
from headrace.notices.records import MAX_VERDICTS, Link, Notice, Price, SampleVerdict
from headrace.records import decode_json
from headrace.runs import links
from headrace.runs.records import (
    PAGE_FILE,
    Grade,
    RunError,
    RunEvent,
    RunOutputs,
    RunRequest,
    Verdict,
)
from headrace.runs.store import Store

_WORST_FIRST = (Grade.FAIL, Grade.WARN, Grade.PASS)


def begun(request: RunRequest, folder: ObjectUri, endpoint: str | None, now: datetime) -> Notice:
    """Return the notice that a run has begun."""
    return Notice(
        id=notice_id(request.run_id, RunEvent.STARTED),
        event=RunEvent.STARTED,
        created=now,
        headline=f"{_title(request, request.run_id)} has started",
        sentence=f"The controller of run {request.run_id} is at work.",
        run_id=request.run_id,
        rule=request.rule,
        links=[Link(title="Folder", address=links.of_folder(folder, endpoint))],
    )


def ended(
    request: RunRequest | None,
    end: RunOutputs | RunError,
    folder: ObjectUri,
    endpoint: str | None,
    cost: Price | None = None,
    *,
    has_page: bool = False,
) -> Notice:
    """Return the notice of a run's end; `request` is absent where it could not be read.

    `endpoint` is the address of a local cloud's storage, if it is one; `has_page` tells whether
    there is a page of the run to look at.
    """
    event = _event(end)
    verdicts = _verdicts(end)
    return Notice(
        id=notice_id(end.run_id, event),
        event=event,
        created=end.ended,
        headline=f"{_title(request, end.run_id)} {_state(end, event)}",
        sentence=_sentence(end),
        next_step=_next_step(end, event),
        run_id=end.run_id,
        rule=request.rule if request is not None else None,
        counts=_counts(verdicts),
        verdicts=[
            SampleVerdict(sample=v.sample, verdict=v.verdict.value, reasons=v.reasons)
            for v in verdicts[:MAX_VERDICTS]
        ],
        cost=cost,
        links=list(_links(end, folder, endpoint, has_page=has_page)),
    )


def cost_of(store: Store, folder: ObjectUri) -> Price | None:
    """Return what a run has cost, if anybody has computed it."""
    uri = folder / COST_FILE
    try:
        document = decode_json(store.read(uri), RunCost, str(uri))
    except HeadraceError:
        return None
    return Price(amount=round(document.amounts.total, 4), currency=document.prices.currency)


def notice_id(run_id: str, event: RunEvent) -> str:
    """Return the id of a run's notice: one for each event."""
    return f"{run_id}.{event.value}"


def _event(end: RunOutputs | RunError) -> RunEvent:
    if isinstance(end, RunOutputs):
        return RunEvent.FINISHED
    return RunEvent.CANCELLED if end.cancelled else RunEvent.FAILED


def _title(request: RunRequest | None, run_id: str) -> str:
    """Return how people know the run: `paired-reads s1, s2`, or its id."""
    if request is None or not request.samples:
        return f"Run {run_id}"
    more = len(request.samples) - 3
    named = ", ".join(request.samples[:3]) + (f" and {more} more" if more > 0 else "")
    return f"{request.rule} {named}"


def _state(end: RunOutputs | RunError, event: RunEvent) -> str:
    if event is not RunEvent.FINISHED:
        return "was cancelled" if event is RunEvent.CANCELLED else "failed"
    counts = _counts(_verdicts(end))
    verdicts = ", ".join(f"{count} {grade}" for grade, count in counts.items())
    return f"has finished: {verdicts}" if verdicts else "has finished"


def _sentence(end: RunOutputs | RunError) -> str:
    if isinstance(end, RunError):
        return end.sentence
    return f"{end.jobs} jobs ran, {len(end.results)} results are there."


def _next_step(end: RunOutputs | RunError, event: RunEvent) -> str:
    match event:
        case RunEvent.FAILED:
            return (
                f"'headrace runs show {end.run_id}' names what failed and its log; when it is "
                f"mended, 'headrace runs rerun {end.run_id}' goes on and keeps what is finished."
            )
        case RunEvent.CANCELLED:
            return f"'headrace runs rerun {end.run_id}' goes on and keeps what is finished."
        case _ if any(verdict.verdict is Grade.FAIL for verdict in _verdicts(end)):
            return "Look at the report before you use the samples that failed."
        case _:
            return ""


def _verdicts(end: RunOutputs | RunError) -> list[Verdict]:
    found = end.verdicts if isinstance(end, RunOutputs) else []
    return sorted(found, key=lambda verdict: (_WORST_FIRST.index(verdict.verdict), verdict.sample))


def _counts(verdicts: list[Verdict]) -> dict[str, int]:
    return dict(Counter(verdict.verdict.value for verdict in verdicts))


def _links(
    end: RunOutputs | RunError, folder: ObjectUri, endpoint: str | None, *, has_page: bool
) -> Iterator[Link]:
    if has_page:
        yield Link(title="Run", address=links.of_object(folder / PAGE_FILE, endpoint))
    if isinstance(end, RunOutputs):
        if end.report:
            report = ObjectUri.parse(end.report)
            yield Link(title="Report", address=links.of_object(report, endpoint))
    else:
        failed = next((job.log for job in end.failed_jobs if job.log), None)
        log = ObjectUri.parse(failed or end.log)
        yield Link(title="Log", address=links.of_object(log, endpoint))
    yield Link(title="Folder", address=links.of_folder(folder, endpoint))

"""The page of all runs as a document: summaries in, HTML out."""

from collections.abc import Sequence
from datetime import datetime

from headrace.gcs import ObjectUri
from headrace.page import render, words
from headrace.runs.listing import State
from headrace.runs.records import PAGE_FILE
from headrace.runs.selection import RunSummary

MARKS = {
    State.SUBMITTED: ("submitted", "…"),
    State.RUNNING: ("running", "◐"),
    State.SUCCEEDED: ("done", "✓"),
    State.FAILED: ("failed", "✕"),
    State.CANCELLED: ("failed", "■"),
    State.UNREADABLE: ("failed", "?"),
}
"""Class and sign of a state."""

MAX_SAMPLES = 100
"""Most samples of a run that are on the page, to be searched for."""


def page(runs: Sequence[RunSummary], folder: ObjectUri, now: datetime, *, total: int) -> bytes:
    """Return the page; `total` runs there are, of which these are shown."""
    context = {
        "runs": [_row(run, now) for run in runs],
        "states": [state.value for state in State if any(run.state is state for run in runs)],
        "going_on": sum(not run.state.ended for run in runs),
        "total": total,
        "folder": folder,
        "now": now,
    }
    return render.document("runs.html", "runs.js", context)


def _row(run: RunSummary, now: datetime) -> dict[str, object]:
    mark, glyph = MARKS[run.state]
    shown = run.samples[:MAX_SAMPLES]
    return {
        "run": run,
        "mark": mark,
        "glyph": glyph,
        "address": f"{run.run_id}/{PAGE_FILE}",
        "samples": shown,
        "more": len(run.samples) - len(shown),
        "verdicts": [(g, run.verdicts[g]) for g in ("FAIL", "WARN", "PASS") if g in run.verdicts],
        "took": words.span((run.ended or now) - run.began),
        "cost": words.money(run.cost.amount, run.cost.currency) if run.cost is not None else "",
    }

"""The jobs of a run as data for the page's script, small enough for ten thousand of them.

Texts that jobs of a rule have in common are told once: in each text the run's folder and the
values of the job's wildcards are replaced by marks, and what then is the same is kept in one list.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from headrace.page import words
from headrace.page.facts import Facts
from headrace.page.jobs import Job, Standing
from headrace.page.samples import SHARED, Matrix
from headrace.runs.journal import Attempt

OPEN, CLOSE = "\ue000", "\ue001"
"""Marks around a wildcard's letter; with none between them they stand for the run's folder."""

MAX_FILES = 40
"""Most addresses of a kind that a job is shown with."""

MAX_MESSAGES = 200
"""Most failures that are told in full."""

_SHORT_MESSAGE = 200
_MARKUP = re.compile("[<>&]")


class _Shared:
    """Values by number, each kept once."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._numbers: dict[bytes, int] = {}

    def number(self, value: Any) -> int:
        key = msgspec.json.encode(value)
        if key not in self._numbers:
            self._numbers[key] = len(self.values)
            self.values.append(value)
        return self._numbers[key]


def data(facts: Facts, jobs: Sequence[Job], matrix: Matrix, critical: frozenset[int]) -> str:
    """Return the data as JSON that is harmless inside a script element."""
    rows = {name: n for n, name in enumerate(matrix.rows)}
    rules = {name: n for n, name in enumerate(matrix.rules)}
    details, machines, messages = _Shared(), _Shared(), _Shared()
    prices = {job.jobid: job.amounts.total for job in facts.cost.jobs} if facts.cost else {}
    columns: list[list[Any]] = []
    for job in jobs:
        entry = job.entry
        failed = _message(job, len(messages.values))
        columns.append(
            [
                entry.jobid,
                rules[entry.rule],
                rows[matrix.row_of[entry.jobid]],
                _STANDINGS[job.standing],
                _since(facts.began, entry.started),
                _since(facts.began, entry.ended),
                max(entry.tries, len(job.attempts)),
                details.number(_detail(job, str(facts.folder))),
                messages.number(failed) if failed else -1,
                list(entry.wildcards.values()),
                _attempt(job.last, facts.began, machines) if job.last is not None else 0,
                round(prices[entry.jobid], 6) if entry.jobid in prices else -1,
                int(entry.jobid in critical),
            ]
        )
    verdicts = {v.sample: v.verdict.value for v in facts.verdicts if v.sample in rows}
    return encode(
        {
            "folder": str(facts.folder),
            "began": int(facts.began.timestamp()),
            "currency": facts.cost.prices.currency if facts.cost else "",
            "standings": [standing.value for standing in Standing],
            "shared": SHARED,
            "rows": matrix.rows,
            "rules": matrix.rules,
            "verdicts": verdicts,
            "details": details.values,
            "machines": machines.values,
            "messages": messages.values,
            "jobs": columns,
        }
    )


def encode(value: Any) -> str:
    """Return JSON without any character that could end or begin markup, or a line of a script."""
    text = words.visible(msgspec.json.encode(value).decode())
    return _MARKUP.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


_STANDINGS = {standing: number for number, standing in enumerate(Standing)}


def _detail(job: Job, folder: str) -> list[Any]:
    """Return what the jobs of a rule mostly have in common, wildcards taken out."""
    entry = job.entry
    images = job.last.images if job.last is not None else ()

    def plain(text: str) -> str:
        return _template(text, folder, entry.wildcards)

    def files(addresses: Sequence[str]) -> list[Any]:
        shown = [plain(address) for address in addresses[:MAX_FILES]]
        return [shown, max(0, len(addresses) - MAX_FILES)]

    return [
        list(entry.wildcards),
        files(entry.inputs),
        files(entry.outputs),
        files(entry.logs),
        plain(entry.command),
        sorted(set(images)),
        {"threads": entry.threads, **entry.resources},
        int(entry.local),
        plain(entry.reason[:_SHORT_MESSAGE]),
    ]


def _template(text: str, folder: str, wildcards: Mapping[str, str]) -> str:
    """Replace the folder and values of wildcards, the longest first, by marks."""
    text = text.replace(OPEN, "\ufffd").replace(CLOSE, "\ufffd").replace(folder, OPEN + CLOSE)
    marks = list(zip(wildcards.values(), _LETTERS, strict=False))
    for value, letter in sorted(marks, key=lambda mark: -len(mark[0])):
        # A value of one or two characters is found in words that have nothing to do with it.
        if len(value) > 2:  # noqa: PLR2004
            text = text.replace(value, f"{OPEN}{letter}{CLOSE}")
    return text


_LETTERS = "\ue002\ue003\ue004\ue005\ue006\ue007\ue008\ue009"
"""A wildcard's place, of the first eight, as a character that is in no value worth replacing."""


def _attempt(attempt: Attempt, began: datetime, machines: _Shared) -> list[Any]:
    """Return times, machine and use of an attempt, in the order the script reads them."""
    peaks = [s.peak_memory_mb for s in attempt.steps if s.peak_memory_mb is not None]
    return [
        machines.number([attempt.machine_type, attempt.zone, int(attempt.spot), attempt.gpu]),
        _since(began, attempt.submitted),
        _since(began, attempt.scheduled),
        _since(began, attempt.running),
        _since(began, attempt.ended),
        _rounded(max(peaks, default=None), 0),
        _sum(step.wall_seconds for step in attempt.steps),
        _sum(step.cpu_seconds for step in attempt.steps),
        attempt.bytes_in,
        attempt.bytes_out,
        attempt.folder.rpartition("/")[2],
        attempt.detail if attempt.failure or attempt.ended is None else "",
    ]


def _message(job: Job, told: int) -> str:
    if not job.entry.message.strip():
        return ""
    if job.standing is Standing.FAILED and told < MAX_MESSAGES:
        return job.entry.message.strip()
    return job.entry.message[:_SHORT_MESSAGE]


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return _rounded(sum(known), 1) if known else None


def _rounded(value: float | None, digits: int) -> float | None:
    if value is None:
        return None
    return round(value, digits) if digits else round(value)


def _since(began: datetime, at: datetime | None) -> float | None:
    """Return seconds since the run began, with one decimal."""
    return None if at is None else round((at - began).total_seconds(), 1)

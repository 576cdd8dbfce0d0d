"""What Snakemake's console log tells after the fact: jobs done, jobs failed, the last words.

Read from the text of Snakemake 9's default log handler, which is there whatever plugins are used.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from headrace.runs.records import FailedJob

_BEGUN = re.compile(r"(?:local)?(?:rule|checkpoint) (?P<rule>\w+):$")
_FAILED = re.compile(r"Error in rule (?P<rule>\w+):$")
_FINISHED = re.compile(r"Finished jobid: (?P<jobid>\d+) ")
_STEPS = re.compile(r"(?P<done>\d+) of \d+ steps \(\d+%\) done$")
_AFFECTED = "    affected files:"
_AFFECTED_FILE = re.compile(r" {8}(?P<file>\S+)")
_DETAIL = re.compile(r"    (?P<key>[a-z]+): (?P<value>.+)$")
_LAST_LINES = 4
_LAST_WORDS = 500


@dataclass(frozen=True)
class Report:
    """What a log tells.

    Attributes:
        jobs_done: how many jobs were.
        failed: the jobs that failed for good, in the order of failing.
        missing: the input files that nobody makes and that are not there.
        last_words: the end of the log, in one line.
    """

    jobs_done: int
    failed: tuple[FailedJob, ...] = ()
    missing: tuple[str, ...] = ()
    last_words: str = ""


@dataclass
class _Block:
    """A paragraph about a job: its heading and its indented details."""

    rule: str
    failed: bool
    details: dict[str, str]


def read(log: str) -> Report:
    """Read a whole log, or as much of it as there is."""
    lines = log.splitlines()
    wildcards: dict[str, dict[str, str]] = {}
    failed: dict[str, FailedJob] = {}
    for block in _blocks(lines):
        jobid = block.details.get("jobid", "")
        if block.failed:
            failed[jobid] = _failed_job(block, wildcards.get(jobid, {}))
        else:
            wildcards[jobid] = _wildcards(block.details.get("wildcards", ""))
    for jobid in (found["jobid"] for line in lines if (found := _FINISHED.match(line))):
        failed.pop(jobid, None)  # a later attempt went well
    done = [int(found["done"]) for line in lines if (found := _STEPS.match(line))]
    return Report(
        jobs_done=max(done, default=0),
        failed=tuple(failed.values()),
        missing=tuple(_missing(lines)),
        last_words=_last_words(lines),
    )


def _failed_job(block: _Block, wildcards: dict[str, str]) -> FailedJob:
    message = block.details.get("message", "")
    return FailedJob(
        rule=block.rule,
        wildcards=wildcards,
        message="" if message == "None" else message,
        log=_log_uri(block.details.get("log", "")),
    )


def _missing(lines: list[str]) -> Iterator[str]:
    """Yield the files listed under the heading of Snakemake's MissingInputException."""
    listing = False
    for line in lines:
        found = _AFFECTED_FILE.match(line)
        if listing and found:
            yield found["file"]
        listing = line == _AFFECTED or (listing and found is not None)


def _blocks(lines: list[str]) -> list[_Block]:
    blocks: list[_Block] = []
    for line in lines:
        begun, failed = _BEGUN.match(line), _FAILED.match(line)
        if begun:
            blocks.append(_Block(begun["rule"], failed=False, details={}))
        elif failed:
            blocks.append(_Block(failed["rule"], failed=True, details={}))
        elif blocks and (detail := _DETAIL.match(line)):
            blocks[-1].details.setdefault(detail["key"], detail["value"])
    return blocks


def _wildcards(text: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in text.split(", ") if "=" in pair)
    return {name: value for name, _, value in pairs}


def _log_uri(text: str) -> str | None:
    first = re.split("[ ,]", text, maxsplit=1)[0]
    return first if first.startswith("gs://") else None


def _last_words(lines: list[str]) -> str:
    last = [line.strip() for line in lines if line.strip()][-_LAST_LINES:]
    return " ".join(last)[-_LAST_WORDS:]

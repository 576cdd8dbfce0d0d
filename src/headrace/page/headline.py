"""What a person wants to know first: how it stands, what to do next, how far it is, until when."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from headrace.money.records import Basis
from headrace.page import words
from headrace.page.facts import Facts
from headrace.page.jobs import Job, Standing, tally
from headrace.runs.listing import State
from headrace.runs.status import BEAT_SECONDS

STALE = timedelta(seconds=5 * BEAT_SECONDS)
"""Without a sign of life for this long, something is wrong with the head."""


@dataclass(frozen=True)
class Headline:
    """The top of the page.

    Attributes:
        mark: one of `running`, `done`, `failed`, `submitted`, `stale`.
        label: the state in a word.
        sentence: the state in plain words.
        next_step: the one thing to do, empty if there is none.
    """

    mark: str
    label: str
    sentence: str
    next_step: str = ""


@dataclass(frozen=True)
class Progress:
    """How far a run is: numbers of jobs by where they stand, and when it should end."""

    total: int
    by_standing: Mapping[Standing, int]
    end: datetime | None = None
    end_basis: str = ""

    @property
    def good(self) -> int:
        """How many jobs are through, those that need not run included."""
        return sum(n for standing, n in self.by_standing.items() if standing.good)


def headline(facts: Facts, jobs: Sequence[Job]) -> Headline:
    """Return the state of a run in words."""
    match facts.state:
        case State.SUBMITTED:
            return _submitted(facts)
        case State.RUNNING:
            return _running(facts, jobs)
        case State.SUCCEEDED:
            return _succeeded(facts)
        case State.FAILED:
            return _failed(facts, jobs)
        case State.CANCELLED:
            sentence = facts.error.sentence if facts.error is not None else "It was stopped."
            return Headline("failed", "Cancelled", sentence, f"To go on: {_again(facts)}")
        case State.UNREADABLE:
            return Headline("failed", "Unreadable", facts.run.problem)


def progress(facts: Facts, jobs: Sequence[Job]) -> Progress:
    """Return how far the run is."""
    by_standing = Counter(job.standing for job in jobs)
    reused = by_standing[Standing.REUSED]
    known = len(jobs)
    total = max(known, facts.status.jobs_total + reused if facts.status is not None else 0)
    if facts.state is State.SUCCEEDED:
        total = known or total
    by_standing[Standing.QUEUED] += 0 if facts.state.ended else total - known
    end, basis = _expected_end(facts, by_standing, total)
    return Progress(total, tally(by_standing.elements()), end, basis)


def stale(facts: Facts) -> bool:
    """Whether the run should be alive, and is not."""
    return facts.state is State.RUNNING and facts.now - facts.seen > STALE


def resume_step(facts: Facts) -> str:
    """Return how a run goes on whose head has gone."""
    if facts.request is None:
        return (
            f"Type the same snakemake command again with HEADRACE_RUN={facts.run_id}: it takes up "
            "what runs and what has ended."
        )
    return (
        "Run 'headrace sweep': it submits the controller of this run again, which takes up what "
        "runs and what has ended."
    )


def _submitted(facts: Facts) -> Headline:
    waited = words.span(facts.now - facts.run.began)
    return Headline(
        "submitted", "Submitted", f"Asked for {waited} ago; its controller is on the way."
    )


def _running(facts: Facts, jobs: Sequence[Job]) -> Headline:
    standing = Counter(job.standing for job in jobs)
    if stale(facts):
        since = words.moment(facts.seen)
        return Headline(
            "stale", "No sign of life", f"No sign of life since {since}.", resume_step(facts)
        )
    parts = [
        f"{standing[kind]:,} {text}"
        for kind, text in (
            (Standing.RUNNING, "running"),
            (Standing.BOOTING, "on machines that boot"),
            (Standing.QUOTA, "waiting for a machine"),
        )
        if standing[kind]
    ]
    idle = (
        "between two jobs" if facts.end is None else "the jobs are over, the end is being written"
    )
    doing = ", ".join(parts) or idle
    bad = standing[Standing.FAILED]
    sentence = f"{doing[0].upper()}{doing[1:]}."
    if not bad:
        return Headline("running", "Running", sentence)
    return Headline(
        "running",
        "Running",
        f"{sentence} {words.count(bad, 'job')} failed; the rest goes on.",
        "Nothing yet: what failed may be tried again. See the failures below.",
    )


def _succeeded(facts: Facts) -> Headline:
    end = facts.end or facts.now
    took = f"All jobs are done, in {words.span(end - facts.began)}."
    grades = Counter(verdict.verdict.value for verdict in facts.verdicts)
    if not grades:
        return Headline("done", "Done", took)
    counts = ", ".join(f"{grades[g]:,} {g}" for g in ("FAIL", "WARN", "PASS") if grades[g])
    bad = grades["FAIL"] + grades["WARN"]
    step = "Read the reasons below before you use the results." if bad else ""
    return Headline("done", "Done", f"{took} Verdicts: {counts}.", step)


def _failed(facts: Facts, jobs: Sequence[Job]) -> Headline:
    bad = sum(job.standing is Standing.FAILED for job in jobs)
    sentence = facts.error.sentence if facts.error is not None else ""
    if not sentence:
        sentence = f"{words.count(bad, 'job')} failed." if bad else "The run ended early."
    if bad:
        step = (
            "Read the failure below, correct its cause, and run it again: what is done is kept. "
            + _again(facts)
        )
    else:
        step = f"Read the controller's log, correct the cause, and run it again. {_again(facts)}"
    return Headline("failed", "Failed", sentence, step)


def _again(facts: Facts) -> str:
    if facts.request is None:
        return f"Type the same snakemake command with HEADRACE_RUN={facts.run_id}."
    return f"'headrace runs rerun {facts.run_id}' does it."


def _expected_end(
    facts: Facts, by_standing: Mapping[Standing, int], total: int
) -> tuple[datetime | None, str]:
    """Return when the run should end, and by what.

    An estimate that rests on former jobs is believed until it has passed; one that rests on time
    limits only until there is a rate to go by.
    """
    if facts.state is not State.RUNNING or stale(facts):
        return None, ""
    estimated = _estimated_end(facts)
    if estimated is not None and _rests_on_history(facts):
        return estimated, "by the estimate"
    done = by_standing.get(Standing.DONE, 0) + by_standing.get(Standing.RETRIED, 0)
    left = total - done - by_standing.get(Standing.REUSED, 0)
    if not done or not left:
        return estimated, "by the estimate" if estimated is not None else ""
    return facts.now + (facts.now - facts.began) / done * left, "by the rate so far"


def _estimated_end(facts: Facts) -> datetime | None:
    if facts.estimate is None:
        return None
    end = facts.began + timedelta(seconds=facts.estimate.makespan.likely)
    return end if end > facts.now else None


def _rests_on_history(facts: Facts) -> bool:
    """Tell whether most jobs were estimated by former ones."""
    told = facts.estimate.jobs if facts.estimate is not None else ()
    return 2 * sum(job.basis is Basis.HISTORY for job in told) > len(told)

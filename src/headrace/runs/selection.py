"""Which runs are meant, and a run in one line for programs. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import msgspec

from headrace.notices.records import Price
from headrace.runs.listing import Run, State
from headrace.runs.records import Grade


@dataclass(frozen=True)
class Wanted:
    """What a run must be to be listed; what is empty or absent does not matter.

    Attributes:
        states: one of these.
        rule: of this trigger rule.
        sample: about this sample.
        verdict: with a sample of this verdict.
        since: not asked for before.
        limit: so many at most, the latest ones.
    """

    states: tuple[State, ...] = ()
    rule: str | None = None
    sample: str | None = None
    verdict: Grade | None = None
    since: datetime | None = None
    limit: int | None = None

    def among(self, runs: Iterable[Run]) -> list[Run]:
        """Return the runs that are wanted, in their order."""
        return list(islice(filter(self.holds, runs), self.limit))

    def holds(self, run: Run) -> bool:
        """Tell whether a run is one of those."""
        return (
            (not self.states or run.state in self.states)
            and (self.rule is None or (run.request is not None and run.request.rule == self.rule))
            and (self.sample is None or self.sample in samples(run))
            and (self.verdict is None or self.verdict in grades(run))
            and (self.since is None or run.began >= self.since)
        )


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A run in `headrace runs list --json`.

    Attributes:
        run_id: its id.
        state: submitted, running, succeeded, failed or cancelled.
        began: when it was asked for.
        ended: when it ended, if it has.
        rule: the trigger rule; absent for a run by hand.
        samples: what it is about.
        jobs_done: jobs done so far.
        jobs_total: jobs there are, as far as known.
        verdicts: how many samples have each verdict.
        cost: what it has cost, once that is known.
        sentence: why it failed, if it did.
        report: address of its report, if there is one.
        predecessor: the run of an earlier upload of the same names, or the one it repeats.
    """

    run_id: str
    state: State
    began: datetime
    ended: datetime | None
    rule: str | None
    samples: list[str]
    jobs_done: int
    jobs_total: int
    verdicts: dict[str, int]
    cost: Price | None
    sentence: str | None
    report: str | None
    predecessor: str | None


def summary(run: Run) -> RunSummary:
    """Return a run in one record."""
    cost = run.cost
    failed = run.error is not None and run.outputs is None
    return RunSummary(
        run_id=run.run_id,
        state=run.state,
        began=run.began,
        ended=run.ended,
        rule=run.request.rule if run.request is not None else None,
        samples=sorted(samples(run)),
        jobs_done=run.status.jobs_done if run.status is not None else 0,
        jobs_total=run.status.jobs_total if run.status is not None else 0,
        verdicts=dict(Counter(grade.value for grade in grades(run))),
        cost=Price(amount=cost.amounts.total, currency=cost.prices.currency) if cost else None,
        sentence=run.error.sentence if run.error is not None and failed else None,
        report=run.outputs.report if run.outputs is not None else None,
        predecessor=run.request.predecessor if run.request is not None else None,
    )


def samples(run: Run) -> set[str]:
    """Return the samples a run is about, by its request and by its verdicts."""
    asked = set(run.request.samples) if run.request is not None else set()
    judged = {v.sample for v in run.outputs.verdicts} if run.outputs is not None else set()
    return asked | judged


def grades(run: Run) -> Iterator[Grade]:
    """Yield the verdicts of a run's samples."""
    if run.outputs is not None:
        yield from (verdict.verdict for verdict in run.outputs.verdicts)

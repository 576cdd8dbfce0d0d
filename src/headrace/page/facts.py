"""What the page of a run is made of: the documents of its folder, and the time it is made at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from headrace.gcs import ObjectUri
from headrace.money.records import Estimate, RunCost
from headrace.runs.journal import Journal
from headrace.runs.listing import Run, State
from headrace.runs.records import RunError, RunOutputs, RunRequest, Verdict
from headrace.runs.status import RunState, RunStatus


@dataclass(frozen=True)
class Facts:
    """The documents of a run, as far as they exist, and what is known beside them.

    Attributes:
        folder: of the run, `gs://RESULTS/runs/RUN_ID`.
        now: when the page is made.
        status: progress, by the head.
        journal: what every job did.
        request: what was asked for; None for a run by hand.
        outputs: the good end.
        error: the bad end.
        estimate: what it was expected to cost and to take.
        cost: what it has cost.
        defaults: the workflow's own configuration, over which that of the request was laid.
        links: other documents of the run by what they are called, relative to the folder.
        refresh: seconds after which a page of a run that goes on looks for a newer one.
    """

    folder: ObjectUri
    now: datetime
    status: RunStatus | None = None
    journal: Journal | None = None
    request: RunRequest | None = None
    outputs: RunOutputs | None = None
    error: RunError | None = None
    estimate: Estimate | None = None
    cost: RunCost | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    refresh: int = 5

    @property
    def run_id(self) -> str:
        """The run's id, the last part of its folder."""
        return self.folder.name.rpartition("/")[2]

    @property
    def run(self) -> Run:
        """The run as lists of runs see it."""
        return Run(self.run_id, self.request, self.status, self.outputs, self.error)

    @property
    def state(self) -> State:
        """Where the run stands."""
        return self.run.state

    @property
    def began(self) -> datetime:
        """When it began: the head, or before there was one, the request."""
        return self.status.started if self.status is not None else self.run.began

    @property
    def end(self) -> datetime | None:
        """When it ended, if it has: by the head, until the controller has its say."""
        if self.run.ended is not None:
            return self.run.ended
        if self.status is not None and self.status.state is not RunState.RUNNING:
            return self.status.updated
        return None

    @property
    def seen(self) -> datetime:
        """The last sign of life."""
        if self.status is None:
            return self.run.began
        return self.status.alive or self.status.updated

    @property
    def verdicts(self) -> list[Verdict]:
        """The workflow's judgements, the bad ones first."""
        given = self.outputs.verdicts if self.outputs is not None else []
        order = {"FAIL": 0, "WARN": 1, "PASS": 2}
        return sorted(given, key=lambda verdict: order[verdict.verdict.value])

"""A job in flight: all that the head knows of it between two polls."""

import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from headrace.runs.journal import Attempt
from headrace.services.protocol import JobReport
from headrace.staging.plan import Plan
from snakemake_executor_plugin_lifesciences.preparing import Prepared
from snakemake_executor_plugin_lifesciences.silence import Silence
from snakemake_executor_plugin_lifesciences.waiting import Waiting


@dataclass(frozen=True)
class Place:
    """Where a job runs: its name at the service, and its folder in the bucket.

    `adopted` tells that an earlier head had submitted it; `since` is when this head learned of it.
    `plan` is what it really does, where that is more than the job it is taken up for.
    """

    name: str
    folder: str
    since: datetime
    adopted: bool = False
    plan: Plan | None = field(default=None, compare=False)


Places = dict[str, Place]
"""Where jobs run, by their keys."""


@dataclass(eq=False)
class Flight:
    """One start of a Snakemake job, alone or a group, from its planning to its end.

    Attributes:
        prepared: the job.
        submission: of it and those it travels with; a failed one fails them all.
        waiting: its wait for a machine.
        silence: of its storage or service, once it has ended.
        place: where it runs, once the submission is done.
        unseen: polls in a row in which the service did not list it.
        report: what the service said of it last.
        attempt: what was told of it last.
        begun: when the start was asked for, by `time.monotonic`.
    """

    prepared: Prepared
    submission: "Future[Places]"
    waiting: Waiting
    silence: Silence
    place: Place | None = None
    unseen: int = 0
    report: JobReport | None = None
    attempt: Attempt | None = None
    begun: float = field(default_factory=time.monotonic)

    @property
    def submitted(self) -> bool:
        """Whether the submission is over, well or not; one that was called off never is."""
        return self.submission.done() and not self.submission.cancelled()

    def land(self) -> Place:
        """Take the place that the submission has found; raises what it has failed with."""
        self.place = self.submission.result()[self.prepared.key]
        return self.place

    @property
    def job(self) -> Any:
        """Snakemake's job."""
        return self.prepared.job

    @property
    def name(self) -> str:
        """The service's name of it, empty before it has one."""
        return "" if self.place is None else self.place.name

    @property
    def plan(self) -> Plan:
        """The plan, in the folder of this start once there is one."""
        if self.place is not None and self.place.plan is not None:
            return self.place.plan
        folder = "" if self.place is None else self.place.folder
        return msgspec.structs.replace(self.prepared.plan, folder=folder)

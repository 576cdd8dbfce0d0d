"""A job in flight: all that the head knows of it between two polls."""

from dataclasses import dataclass
from typing import Any

from headrace.pipeline import Pipeline
from headrace.runs.journal import Attempt
from headrace.staging.plan import Plan
from snakemake_executor_plugin_lifesciences.silence import Silence
from snakemake_executor_plugin_lifesciences.starts import FIRST, Start
from snakemake_executor_plugin_lifesciences.waiting import Waiting


@dataclass
class Flight:
    """One start of a Snakemake job, alone or a group, at the job service.

    Attributes:
        job: Snakemake's.
        plan: in the folder of this start.
        key: the job's, the same for all its starts.
        pipeline: what was submitted.
        name: the service's name of it.
        adopted: whether an earlier head had submitted it.
        waiting: its wait for a machine.
        silence: of its storage or service, once it has ended.
        start: what happened to the job before.
        unseen: polls in a row in which the service did not list it.
        attempt: what was told of it last.
    """

    job: Any
    plan: Plan
    key: str
    pipeline: Pipeline
    name: str
    adopted: bool
    waiting: Waiting
    silence: Silence
    start: Start = FIRST
    unseen: int = 0
    attempt: Attempt | None = None

"""A Snakemake job made ready to be started: from here on nothing of Snakemake is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from logging import Logger
from typing import Any

import msgspec

from headrace.pipeline import Pipeline
from headrace.staging.plan import Plan
from snakemake_executor_plugin_lifesciences.mirrors import mirrored
from snakemake_executor_plugin_lifesciences.naming import job_key
from snakemake_executor_plugin_lifesciences.options import JobOptions
from snakemake_executor_plugin_lifesciences.pipelines import job_options, pipeline
from snakemake_executor_plugin_lifesciences.plans import (
    NeedsSnakemakeError,
    classic_plan,
    direct_plan,
    display_name,
    input_versions,
    inputs_written,
    members,
)
from snakemake_executor_plugin_lifesciences.starts import FIRST, Start


@dataclass(frozen=True)
class Prepared:
    """A job, alone or a group, and all that its start needs.

    Attributes:
        job: Snakemake's; only its own thread may ask it anything.
        title: the rule's name, or those of a group.
        plan: still without a folder.
        key: the same for all starts of the job.
        pipeline: still without the plan's address.
        options: those all members agree on.
        start: what happened to the job before.
        awaited: names at the service under which an earlier head that died waited for it.
        inputs_written: when its inputs were written last, by address, in seconds since 1970.
    """

    job: Any = field(compare=False)
    title: str
    plan: Plan
    key: str
    pipeline: Pipeline
    options: JobOptions
    start: Start = FIRST
    awaited: frozenset[str] = frozenset()
    inputs_written: Mapping[str, float] = field(default_factory=dict, compare=False)


class Preparer:
    """Makes jobs ready, in the scheduler's thread: Snakemake's objects are not made for others."""

    def __init__(
        self,
        settings: Any,
        logger: Logger,
        workflow: Any,
        command: Callable[[Any], str],
        mirrors: Mapping[str, str],
    ) -> None:
        self._settings = settings
        self._logger = logger
        self._workflow = workflow
        self._command = command
        self._mirrors = mirrors

    def prepare(self, job: Any) -> Prepared:
        """Plan a job.

        Raises:
            HeadraceError: it can never run as asked.
        """
        plan = self._plan(job)
        return Prepared(
            job=job,
            title=display_name(job),
            plan=plan,
            key=job_key(msgspec.to_builtins(plan), input_versions(job), job.attempt),
            pipeline=pipeline(plan, job, self._settings),
            options=job_options(job, self._settings),
            awaited=self._awaited(job),
            inputs_written=inputs_written(job),
        )

    def again(self, prepared: Prepared, start: Start) -> Prepared:
        """Return the same job for another start."""
        request = pipeline(prepared.plan, prepared.job, self._settings, start)
        return replace(prepared, start=start, pipeline=request)

    def _plan(self, job: Any) -> Plan:
        try:
            return mirrored(direct_plan(job, self._workflow.dag), self._mirrors)
        except NeedsSnakemakeError as reason:
            self._logger.info(f"Job {display_name(job)} runs Snakemake in its VM: {reason}.")
            image = self._settings.controller_image
            return classic_plan(job, self._workflow.dag, self._command(job), image)

    def _awaited(self, job: Any) -> frozenset[str]:
        persistence = self._workflow.persistence
        return frozenset(
            name for member in members(job) for name in persistence.external_jobids(member)
        )

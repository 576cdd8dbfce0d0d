"""Snakemake's graph of jobs, read into the records that `headrace.planning` works on."""

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import networkx as nx
from snakemake.exceptions import RuleException
from snakemake_interface_common.exceptions import WorkflowError

from headrace.planning.graph import MachineOptions, PlannedFile, PlannedJob, PlannedWorkflow
from snakemake_executor_plugin_lifesciences.options import JobOptions
from snakemake_executor_plugin_lifesciences.pipelines import (
    DEFAULT_DISK_MB,
    DEFAULT_MEMORY_MB,
    DEFAULT_RUNTIME_MINUTES,
    resource,
)
from snakemake_executor_plugin_lifesciences.plans import flag, needs_snakemake
from snakemake_executor_plugin_lifesciences.rendering import (
    PLACEHOLDER,
    CannotRenderError,
    render,
)

_NAMED = {field.name for field in msgspec.structs.fields(MachineOptions)}


def planned(dag: Any, settings: Any, *, done: bool = False) -> PlannedWorkflow:
    """Return the jobs that are still to be done, and those that are `done` as well if asked for.

    Raises:
        JobRefusedError: a `lifesciences_…` resource is wrong.
    """
    jobs = sorted(dag.jobs if done else dag.needrun_jobs(), key=dag.jobid)
    unknown = _unknown(dag, jobs)
    reader = _Reader(dag, settings, set(jobs))
    nodes = dag.workflow.nodes
    return PlannedWorkflow(
        jobs=tuple(reader.read(job, unknown=job in unknown) for job in jobs),
        at_once=nodes if isinstance(nodes, int) and nodes < _UNLIMITED else None,
    )


_UNLIMITED = 1_000_000
"""Snakemake's `--jobs unlimited` is a very large number."""


class _Reader:
    """Reads job after job; what is the same for all jobs of a rule is found out once."""

    def __init__(self, dag: Any, settings: Any, wanted: Collection[Any]) -> None:
        self._dag = dag
        self._settings = settings
        self._wanted = wanted
        self._made = {str(file) for job in wanted for file in job.output}
        self._renders: dict[str, bool] = {}
        self._options: dict[Any, MachineOptions] = {}

    def read(self, job: Any, *, unknown: bool) -> PlannedJob:
        """Return the record of one job."""
        before = [one for one in self._dag.dependencies[job] if one in self._wanted]
        direct = needs_snakemake(job) is None
        pipe = job.pipe_group
        return PlannedJob(
            jobid=self._dag.jobid(job),
            rule=job.rule.name,
            wildcards={name: str(value) for name, value in job.wildcards_dict.items()},
            threads=job.threads,
            mem_mb=resource(job, "mem_mb", DEFAULT_MEMORY_MB),
            disk_mb=resource(job, "disk_mb", DEFAULT_DISK_MB),
            runtime_minutes=resource(job, "runtime", DEFAULT_RUNTIME_MINUTES),
            inputs=tuple(self._inputs(job)),
            outputs=tuple(_outputs(job)),
            after=tuple(sorted(map(self._dag.jobid, before))),
            image=job.container_img_url.removeprefix("docker://") if direct else None,
            direct=direct,
            local=job.is_local,
            group=self._group_name(job),
            pipe=None if pipe is None else str(pipe.id),
            retries=job.rule.restart_times,
            settled=not direct or self._is_settled(job),
            unknown=unknown,
            options=self._machine_options(job),
        )

    def _group_name(self, job: Any) -> str | None:
        """Return a name that groups of other jobs do not have, although Snakemake's may."""
        if job.group is None:
            return None
        group = self._dag.get_job_group(job)  # None if the job is done
        jobs = [job] if group is None else group.jobs
        return f"{job.group}#{min(map(self._dag.jobid, jobs))}"

    def _is_settled(self, job: Any) -> bool:
        if any(value == PLACEHOLDER for name, value in job.resources.items() if name != "tmpdir"):
            return False
        rule = job.rule.name
        if rule not in self._renders:
            try:
                render(job)
                self._renders[rule] = True
            except (CannotRenderError, RuleException, WorkflowError):
                self._renders[rule] = False
        return self._renders[rule]

    def _inputs(self, job: Any) -> Iterator[PlannedFile]:
        for path, file in sorted({str(file): file for file in job.input}.items()):
            yield PlannedFile(path, None if path in self._made else _size(file))

    def _machine_options(self, job: Any) -> MachineOptions:
        if job.is_local:
            return MachineOptions()
        options = JobOptions.of(self._settings, dict(job.resources.items()), job.rule.name)
        if options not in self._options:
            self._options[options] = machine_options(options)
        return self._options[options]


def machine_options(options: JobOptions) -> MachineOptions:
    """Return what planning knows of an executor's options, and the rest as text."""
    values = dataclasses.asdict(options)
    named = {name: value for name, value in values.items() if name in _NAMED}
    others = {name: str(value) for name, value in sorted(values.items()) if name not in _NAMED}
    named["external_address"] = options.network is None or options.external_address
    return MachineOptions(**named, others=_text(others))


def _text(values: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())


def _outputs(job: Any) -> Iterator[PlannedFile]:
    for file in job.output:
        yield PlannedFile(str(file), temporary=bool(flag(file, "temp")))


def _size(file: Any) -> int | None:
    """Return the bytes of a file that is there; None if that would take long to find out."""
    if not file.is_storage:
        path = Path(str(file))
        return path.stat().st_size if path.is_file() else None
    versions = getattr(file.storage_object, "versions", None)
    return None if versions is None else sum(stored.size for stored in versions())


def _unknown(dag: Any, jobs: Collection[Any]) -> set[Any]:
    """Return the checkpoints among the jobs, and all that comes after one."""
    graph = nx.DiGraph()
    graph.add_nodes_from(jobs)
    graph.add_edges_from(
        (before, job) for job in jobs for before in dag.dependencies[job] if before in graph
    )
    checkpoints = [job for job in jobs if job.rule.is_checkpoint]
    return set(checkpoints).union(*(nx.descendants(graph, job) for job in checkpoints))

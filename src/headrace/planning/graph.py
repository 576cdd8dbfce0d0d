"""The jobs a run would do, and what waits for what: read from the document of a dry run.

The executor plugin writes the document where `HEADRACE_DRY_RUN` names a file: it sees the workflow,
which this library does not. Sizes are of objects that are there already; what jobs will make has
none yet.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
import networkx as nx

from headrace import records
from headrace.errors import RecordError
from headrace.pipeline import DiskType


class PlannedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A file that a job reads or makes.

    Attributes:
        path: as the workflow names it, its storage's prefix included.
        size: in bytes; absent if it is not there yet.
        temporary: whether it is deleted when no job needs it any more.
    """

    path: str
    size: int | None = None
    temporary: bool = False


class MachineOptions(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """What a job asks of its machine besides size: the options of the executor (docs/executor.md).

    Attributes:
        machine_type: given by name; the cheapest that fits when absent.
        external_address: whether the machine has an address that is paid for.
        others: all other options, as text: jobs that differ in them cannot share a machine.
    """

    machine_type: str | None = None
    machine_families: tuple[str, ...] = ("e2", "n2", "n2d")
    gpu: int = 0
    gpu_type: str | None = None
    spot: bool = False
    disk_type: DiskType = DiskType.BALANCED
    boot_disk_mb: int = 30_000
    min_cpu_platform: str | None = None
    external_address: bool = True
    others: str = ""


class PlannedJob(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """One job that a run would do.

    Attributes:
        jobid: Snakemake's number of it, of this dry run only.
        mem_mb: memory it asks for, MiB.
        disk_mb: disk it asks for, MB.
        runtime_minutes: its time limit.
        after: the jobs, by `jobid`, whose results it reads.
        image: container of its command; None if Snakemake runs it, in the controller image.
        direct: whether its command runs without Snakemake in the machine.
        local: whether it runs on the head, without a machine.
        group: the group job that the workflow puts it in, equal for its members only.
        pipe: what jobs have in common that run at once because a pipe joins them.
        retries: how often it starts again after a failure.
        settled: whether what it asks for is known before all of its inputs are there.
        unknown: whether a checkpoint before it may still change it, or it is one itself.
    """

    jobid: int
    rule: str
    wildcards: Mapping[str, str] = {}
    threads: int = 1
    mem_mb: int = 0
    disk_mb: int = 0
    runtime_minutes: int = 0
    inputs: tuple[PlannedFile, ...] = ()
    outputs: tuple[PlannedFile, ...] = ()
    after: tuple[int, ...] = ()
    image: str | None = None
    direct: bool = True
    local: bool = False
    group: str | None = None
    pipe: str | None = None
    retries: int = 0
    settled: bool = True
    unknown: bool = False
    options: MachineOptions = MachineOptions()

    @property
    def name(self) -> str:
        """The rule with its wildcards, such as `align sample=s1`: the same in every dry run."""
        values = [f"{key}={value}" for key, value in sorted(self.wildcards.items())]
        return " ".join([self.rule, *values])


class PlannedWorkflow(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """All jobs of a run, by growing `jobid`; `at_once` is how many may run at a time, if told."""

    jobs: tuple[PlannedJob, ...] = ()
    at_once: int | None = None


def read(document: bytes | str, source: str) -> PlannedWorkflow:
    """Read the document of a dry run; `source` names it in the `RecordError` it may raise."""
    workflow = records.decode_json(document, PlannedWorkflow, source)
    try:
        to_dag(workflow)
    except ValueError as error:
        raise RecordError(f"{source}: {error}") from error
    return workflow


def to_dag(workflow: PlannedWorkflow) -> Any:
    """Return a networkx `DiGraph`: a node for each `jobid` with its `job`, edges to those after it.

    Raises:
        ValueError: a job is named twice, waits for one that is not there, or for itself.
    """
    dag = nx.DiGraph()
    for job in workflow.jobs:
        if job.jobid in dag:
            raise ValueError(f"job {job.jobid} is there twice.")
        dag.add_node(job.jobid, job=job)
    for job in workflow.jobs:
        for before in job.after:
            if before not in dag:
                raise ValueError(f"job {job.jobid} waits for {before}, which is not there.")
            dag.add_edge(before, job.jobid)
    if not nx.is_directed_acyclic_graph(dag):
        raise ValueError("its jobs wait for each other in a circle.")
    return dag


def in_order(workflow: PlannedWorkflow) -> list[PlannedJob]:
    """Return the jobs so that each stands behind those it waits for; the same for the same jobs.

    Those that wait for nothing come first, then those that wait for these only, and so on; by name.
    """
    dag = to_dag(workflow)
    return [
        job
        for generation in nx.topological_generations(dag)
        for job in sorted(
            (dag.nodes[jobid]["job"] for jobid in generation), key=lambda job: (job.name, job.jobid)
        )
    ]

"""A Plan becomes a Pipeline: actions, machine, time limits and labels."""

import math
from dataclasses import replace
from functools import lru_cache
from typing import Any

from headrace.errors import JobRefusedError
from headrace.pipeline import Disk, Gpus, Machine, Network, Pipeline
from headrace.planning.machines import MachineType, Request, cheapest, fitted, named
from headrace.planning.vms import MB_PER_GB, Needs, disk_gb, placed_disk_gb, together
from headrace.services.protocol import RUN_LABEL
from headrace.staging.plan import PLAN_VARIABLE, WORK_VARIABLE, Plan
from snakemake_executor_plugin_lifesciences.actions import WORK, Staging, StepRun, actions
from snakemake_executor_plugin_lifesciences.naming import slug
from snakemake_executor_plugin_lifesciences.options import JobOptions
from snakemake_executor_plugin_lifesciences.plans import display_name, members, waves
from snakemake_executor_plugin_lifesciences.starts import FIRST, Start, other_families, placed

RULE_LABEL = "headrace-rule"
STAGING_SECONDS = 3600
"""Time allowed for bringing files in and out, besides the steps' own limits."""

DEFAULT_RUNTIME_MINUTES = 120
DEFAULT_MEMORY_MB = 1000
DEFAULT_DISK_MB = 1000


def pipeline(plan: Plan, job: Any, settings: Any, start: Start = FIRST) -> Pipeline:
    """Return the Pipeline of a planned job, for a first start or for one after a failure.

    It is the same for all like jobs: where the plan lies is told by `with_plan`.

    Raises:
        JobRefusedError: no machine fits, or an option is wrong.
    """
    jobs = members(job)
    limits = _limits(plan, job)
    options = placed(job_options(job, settings), start)
    secrets = _secrets(options, settings.project)
    runs = [StepRun(jobs[number], limit, secrets) for number, limit in enumerate(limits)]
    rule = slug(display_name(job))
    labels = {**dict(options.labels), RUN_LABEL: settings.run, RULE_LABEL: rule}
    return Pipeline(
        actions=actions(plan, runs, Staging(settings.stage_image, settings.log_interval)),
        machine=_machine(waves(job), options, start, settings.region, labels),
        timeout_seconds=sum(max(limits[number] for number in wave) for wave in plan.waves)
        + STAGING_SECONDS,
        environment={WORK_VARIABLE: WORK},
        labels=labels,
        image_streaming=options.image_streaming,
        topic=settings.notifications,
    )


def with_plan(pipeline: Pipeline, address: str) -> Pipeline:
    """Return the Pipeline for the plan, or the plans of an array, at this address."""
    return replace(pipeline, environment={**pipeline.environment, PLAN_VARIABLE: address})


def job_options(job: Any, settings: Any) -> JobOptions:
    """Return the options all members agree on; raises `JobRefusedError` if they do not."""
    jobs = members(job)
    found = [JobOptions.of(settings, dict(one.resources.items()), one.rule.name) for one in jobs]
    if len(set(found)) > 1:
        rules = ", ".join(dict.fromkeys(one.rule.name for one in jobs))
        raise JobRefusedError(
            f"The rules {rules} share a group and so a machine, but ask for different "
            "lifesciences_… resources: give them the same."
        )
    return found[0]


def _secrets(options: JobOptions, project: str) -> dict[str, str]:
    """Name secrets in full, at their latest version where none is given."""
    full = {}
    for variable, secret in options.secrets:
        name = secret if "/secrets/" in secret else f"projects/{project}/secrets/{secret}"
        full[variable] = name if "/versions/" in name else f"{name}/versions/latest"
    return full


def _limits(plan: Plan, job: Any) -> list[int]:
    """Return each step's time limit in seconds; a single step may be the whole of a group."""
    limits = [
        [60 * resource(member, "runtime", DEFAULT_RUNTIME_MINUTES) for member in wave]
        for wave in waves(job)
    ]
    if len(plan.steps) == 1:
        return [sum(max(wave) for wave in limits)]
    return [limit for wave in limits for limit in wave]


def _machine(
    jobs: list[list[Any]], options: JobOptions, start: Start, region: str, labels: dict[str, str]
) -> Machine:
    request = _request(jobs, options, start)
    type_ = _machine_type(request, options, start)
    return Machine(
        machine_type=type_.name,
        cpus=type_.cpus,
        memory_mb=type_.memory_mb,
        region=region,
        zones=options.zones,
        disk=Disk(
            name="work", size_gb=placed_disk_gb(type_, request), path=WORK, type=options.disk_type
        ),
        gpus=_gpus(type_),
        spot=options.spot,
        boot_disk_gb=math.ceil(options.boot_disk_mb / MB_PER_GB),
        service_account=options.service_account,
        network=_network(options),
        tags=options.tags,
        min_cpu_platform=options.min_cpu_platform,
        reservation=options.reservation,
        labels=labels,
    )


def _request(jobs: list[list[Any]], options: JobOptions, start: Start) -> Request:
    needs = together([_needs(job) for job in wave] for wave in jobs)
    return Request(
        cpus=needs.cpus,
        memory_mb=needs.memory_mb * 2**start.memory_doublings,
        gpus=options.gpu,
        gpu_type=options.gpu_type,
        disk_type=options.disk_type,
        disk_gb=disk_gb(needs.disk_mb * 2**start.disk_doublings),
        cpu_platform=options.min_cpu_platform is not None,
    )


def _needs(job: Any) -> Needs:
    return Needs(
        job.threads,
        resource(job, "mem_mb", DEFAULT_MEMORY_MB),
        resource(job, "disk_mb", DEFAULT_DISK_MB),
    )


@lru_cache  # thousands of like jobs ask the same question
def _machine_type(request: Request, options: JobOptions, start: Start) -> MachineType:
    if options.machine_type is not None:
        return fitted(named(options.machine_type), request)
    first = cheapest(request, options.machine_families, spot=options.spot)
    others = other_families(options, start, first.family)
    try:
        return cheapest(request, others, spot=options.spot) if others else first
    except JobRefusedError:
        return first


def _gpus(type_: MachineType) -> Gpus | None:
    if type_.gpu_type is None:
        return None
    return Gpus(type_.gpu_type, type_.gpus, type_.gpu_attached)


def _network(options: JobOptions) -> Network | None:
    if options.network is None or options.subnetwork is None:
        return None
    return Network(options.network, options.subnetwork, not options.external_address)


def resource(job: Any, name: str, default: int) -> int:
    """Return a job's resource as a number, the default where it has none."""
    value = job.resources.get(name, default)
    return int(value) if isinstance(value, int | float) else default

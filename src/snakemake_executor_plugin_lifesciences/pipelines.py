"""A Plan becomes a Pipeline: actions, machine, time limits and labels."""

import math
from typing import Any

from headrace.pipeline import Action, Disk, Machine, Network, Pipeline
from headrace.planning.machines import cheapest
from headrace.services.protocol import RUN_LABEL
from headrace.staging.layout import STEP_PROGRAM
from headrace.staging.plan import PLAN_NAME, PLAN_VARIABLE, WORK_VARIABLE, Plan
from snakemake_executor_plugin_lifesciences.naming import slug
from snakemake_executor_plugin_lifesciences.plans import members
from snakemake_executor_plugin_lifesciences.rendering import step_environment

WORK = "/mnt/disks/work"
RULE_LABEL = "headrace-rule"
SMALLEST_DISK_GB = 10
MIB_PER_GIB = 1024
STAGING_SECONDS = 3600
"""Time allowed for bringing files in and out, besides the steps' own limits."""

DEFAULT_RUNTIME_MINUTES = 120
DEFAULT_MEMORY_MB = 1000
DEFAULT_DISK_MB = 1000


def pipeline(plan: Plan, job: Any, settings: Any) -> Pipeline:
    """Return the Pipeline of a planned job; raises `JobRefusedError` if no machine fits."""
    jobs = members(job)
    limits = [60 * _resource(member, "runtime", DEFAULT_RUNTIME_MINUTES) for member in jobs]
    if len(plan.steps) == 1:
        limits = [sum(limits)]
    steps = [_step_action(plan, number, limit, jobs[number]) for number, limit in enumerate(limits)]
    rule = slug(job.name)
    return Pipeline(
        actions=(
            _stage_action("in", settings.stage_image),
            *steps,
            _stage_action("out", settings.stage_image),
        ),
        machine=_machine(jobs, settings, rule),
        timeout_seconds=sum(limits) + STAGING_SECONDS,
        environment={PLAN_VARIABLE: f"{plan.folder}/{PLAN_NAME}", WORK_VARIABLE: WORK},
        labels={RUN_LABEL: settings.run, RULE_LABEL: rule},
    )


def _stage_action(direction: str, image: str) -> Action:
    return Action(
        name=f"stage-{direction}",
        image=image,
        entrypoint="headrace-stage",
        commands=(direction,),
        always_run=direction == "out",
    )


def _step_action(plan: Plan, number: int, seconds: int, job: Any) -> Action:
    step = plan.steps[number]
    return Action(
        name=f"step-{number}-{step.name}",
        image=step.image,
        entrypoint="bash",
        commands=(f"{WORK}/{STEP_PROGRAM}", str(number), step.shell),
        environment=step_environment(job, WORK),
        timeout_seconds=seconds,
    )


def _machine(jobs: list[Any], settings: Any, rule: str) -> Machine:
    """Size the machine for the largest member, and its disk for all: they run one by one."""
    type_ = cheapest(
        cpus=max(job.threads for job in jobs),
        memory_mb=max(_resource(job, "mem_mb", DEFAULT_MEMORY_MB) for job in jobs),
    )
    disk_mb = sum(_resource(job, "disk_mb", DEFAULT_DISK_MB) for job in jobs)
    disk_gb = max(SMALLEST_DISK_GB, math.ceil(disk_mb / MIB_PER_GIB))
    return Machine(
        machine_type=type_.name,
        cpus=type_.cpus,
        memory_mb=type_.memory_mb,
        region=settings.region,
        disk=Disk(name="work", size_gb=disk_gb, path=WORK),
        spot=settings.spot,
        service_account=settings.service_account,
        network=_network(settings),
        labels={RUN_LABEL: settings.run, RULE_LABEL: rule},
    )


def _network(settings: Any) -> Network | None:
    if settings.network is None or settings.subnetwork is None:
        return None
    return Network(settings.network, settings.subnetwork)


def _resource(job: Any, name: str, default: int) -> int:
    value = job.resources.get(name, default)
    return int(value) if isinstance(value, int | float) else default

"""A Plan becomes a Pipeline: actions, machine, time limits and labels."""

import math
from dataclasses import replace
from typing import Any

from headrace.errors import JobRefusedError
from headrace.pipeline import Action, Disk, DiskType, Machine, Network, Pipeline
from headrace.planning.machines import MachineType, cheapest, named
from headrace.services.protocol import RUN_LABEL
from headrace.staging.layout import STEP_PROGRAM
from headrace.staging.plan import PLAN_NAME, PLAN_VARIABLE, WORK_VARIABLE, Plan
from snakemake_executor_plugin_lifesciences.naming import slug
from snakemake_executor_plugin_lifesciences.options import JobOptions
from snakemake_executor_plugin_lifesciences.plans import display_name, members
from snakemake_executor_plugin_lifesciences.rendering import step_environment

WORK = "/mnt/disks/work"
RULE_LABEL = "headrace-rule"
SMALLEST_DISK_GB = 10
LOCAL_SSD_GB = 375
"""Local SSDs come in multiples of this."""

MB_PER_GB = 1000
STAGING_SECONDS = 3600
"""Time allowed for bringing files in and out, besides the steps' own limits."""

DEFAULT_RUNTIME_MINUTES = 120
DEFAULT_MEMORY_MB = 1000
DEFAULT_DISK_MB = 1000


def pipeline(plan: Plan, job: Any, settings: Any, losses: int = 0) -> Pipeline:
    """Return the Pipeline of a planned job that has lost this many machines already.

    Raises:
        JobRefusedError: no machine fits, or an option is wrong.
    """
    jobs = members(job)
    limits = [60 * _resource(member, "runtime", DEFAULT_RUNTIME_MINUTES) for member in jobs]
    if len(plan.steps) == 1:
        limits = [sum(limits)]
    steps = [_step_action(plan, number, limit, jobs[number]) for number, limit in enumerate(limits)]
    rule = slug(display_name(job))
    options = _options(jobs, settings)
    if losses >= options.max_spot_attempts:
        options = replace(options, spot=False)
    labels = {**dict(options.labels), RUN_LABEL: settings.run, RULE_LABEL: rule}
    return Pipeline(
        actions=(
            _stage_action("in", settings.stage_image),
            _follow_action(settings.stage_image, settings.log_interval),
            *steps,
            _stage_action("out", settings.stage_image),
        ),
        machine=_machine(jobs, options, settings.region, labels),
        timeout_seconds=sum(limits) + STAGING_SECONDS,
        environment={PLAN_VARIABLE: f"{plan.folder}/{PLAN_NAME}", WORK_VARIABLE: WORK},
        labels=labels,
    )


def _options(jobs: list[Any], settings: Any) -> JobOptions:
    """Return the options all members agree on; raises `JobRefusedError` if they do not."""
    found = [JobOptions.of(settings, dict(job.resources.items()), job.rule.name) for job in jobs]
    if len(set(found)) > 1:
        rules = ", ".join(dict.fromkeys(job.rule.name for job in jobs))
        raise JobRefusedError(
            f"The rules {rules} share a group and so a machine, but ask for different "
            "lifesciences_… resources: give them the same."
        )
    return found[0]


def _stage_action(direction: str, image: str) -> Action:
    return Action(
        name=f"stage-{direction}",
        image=image,
        entrypoint="headrace-stage",
        commands=(direction,),
        always_run=direction == "out",
    )


def _follow_action(image: str, seconds: int) -> Action:
    """Store logs on the way; a job that is over before the first look never starts our program."""
    return Action(
        name="follow",
        image=image,
        entrypoint="bash",
        commands=("-c", 'sleep "$0" && exec headrace-stage follow "$0"', str(seconds)),
        background=True,
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


def _machine(jobs: list[Any], options: JobOptions, region: str, labels: dict[str, str]) -> Machine:
    type_ = _machine_type(jobs, options)
    return Machine(
        machine_type=type_.name,
        cpus=type_.cpus,
        memory_mb=type_.memory_mb,
        region=region,
        zones=options.zones,
        disk=Disk(name="work", size_gb=_disk_gb(jobs, options), path=WORK, type=options.disk_type),
        spot=options.spot,
        boot_disk_gb=math.ceil(options.boot_disk_mb / MB_PER_GB),
        service_account=options.service_account,
        network=_network(options),
        tags=options.tags,
        min_cpu_platform=options.min_cpu_platform,
        reservation=options.reservation,
        labels=labels,
    )


def _machine_type(jobs: list[Any], options: JobOptions) -> MachineType:
    """Size the machine for the largest member: they run one by one."""
    cpus = max(job.threads for job in jobs)
    memory_mb = max(_resource(job, "mem_mb", DEFAULT_MEMORY_MB) for job in jobs)
    if options.machine_type is None:
        return cheapest(cpus, memory_mb, options.machine_families)
    type_ = named(options.machine_type)
    if type_.cpus < cpus or type_.memory_mb < memory_mb:
        raise JobRefusedError(
            f"{type_.name} has {type_.cpus} vCPUs and {type_.memory_mb} MiB, but {cpus} and "
            f"{memory_mb} are asked for: choose {cheapest(cpus, memory_mb).name} or ask for less."
        )
    return type_


def _disk_gb(jobs: list[Any], options: JobOptions) -> int:
    """Add the members' disks up: what one leaves is there for the next."""
    disk_mb = sum(_resource(job, "disk_mb", DEFAULT_DISK_MB) for job in jobs)
    disk_gb = max(SMALLEST_DISK_GB, math.ceil(disk_mb / MB_PER_GB))
    if options.disk_type is DiskType.LOCAL_SSD:
        return math.ceil(disk_gb / LOCAL_SSD_GB) * LOCAL_SSD_GB
    return disk_gb


def _network(options: JobOptions) -> Network | None:
    if options.network is None or options.subnetwork is None:
        return None
    return Network(options.network, options.subnetwork, not options.external_address)


def _resource(job: Any, name: str, default: int) -> int:
    value = job.resources.get(name, default)
    return int(value) if isinstance(value, int | float) else default

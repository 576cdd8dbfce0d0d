"""The containers of a job: staging of ours around the steps of the rules."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from headrace.pipeline import Action
from headrace.staging.layout import STEP_PROGRAM
from headrace.staging.plan import Plan
from snakemake_executor_plugin_lifesciences.rendering import step_environment

WORK = "/mnt/disks/work"
"""Mount path of the work disk."""


@dataclass(frozen=True)
class Staging:
    """What all jobs of a run share: the image of our own actions, and the seconds between logs."""

    image: str
    log_interval: int


@dataclass(frozen=True)
class StepRun:
    """How one step runs: for which job, for how many seconds at most, with which secrets."""

    job: Any
    seconds: int
    secrets: Mapping[str, str] = field(default_factory=dict)


def actions(plan: Plan, runs: Sequence[StepRun], staging: Staging) -> tuple[Action, ...]:
    """Return a job's actions, given one run for each step of its plan."""
    steps = [action for wave in plan.waves for action in _wave(plan, wave, runs, staging.image)]
    return (
        _staging("stage-in", staging.image, "in"),
        _follow(staging),
        *steps,
        replace(_staging("stage-out", staging.image, "out"), always_run=True),
    )


def _staging(name: str, image: str, *commands: str) -> Action:
    return Action(
        name=name, image=image, entrypoint="headrace-stage", commands=commands, writes_disk=True
    )


def _follow(staging: Staging) -> Action:
    """Store logs on the way; a job that is over before the first look never starts our program."""
    seconds = str(staging.log_interval)
    return Action(
        name="follow",
        image=staging.image,
        entrypoint="bash",
        commands=("-c", 'sleep "$0" && exec headrace-stage follow "$0"', seconds),
        background=True,
        writes_disk=True,  # it reads what others left there
    )


def _wave(
    plan: Plan, wave: tuple[int, ...], runs: Sequence[StepRun], stage_image: str
) -> Iterator[Action]:
    """Yield the action of one step, or those of several in the background and one that waits."""
    together = len(wave) > 1
    for number in wave:
        yield replace(_step(plan, number, runs[number]), background=together)
    if together:
        join = _staging(f"join-{wave[0]}", stage_image, "join", *map(str, wave))
        yield replace(join, timeout_seconds=max(runs[number].seconds for number in wave))


def _step(plan: Plan, number: int, run: StepRun) -> Action:
    step = plan.steps[number]
    return Action(
        name=f"step-{number}-{step.name}",
        image=step.image,
        entrypoint="bash",
        commands=(f"{WORK}/{STEP_PROGRAM}", str(number), step.shell),
        environment=step_environment(run.job),
        secrets=run.secrets,
        timeout_seconds=run.seconds,
    )

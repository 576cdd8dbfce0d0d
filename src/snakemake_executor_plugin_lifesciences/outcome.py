"""What an ended job amounts to: pure decisions over report, manifest and plan."""

from collections.abc import Sequence
from enum import Enum

from headrace.gcs import ObjectUri
from headrace.services.protocol import Failure, FailureKind
from headrace.staging.layout import DISK_FULL
from headrace.staging.manifest import Manifest, failed_step
from headrace.staging.plan import OutputKind, Plan, part_log_name, step_log_name

TAIL_LINES = 15
OUT_OF_MEMORY = 137
"""128 + SIGKILL: what the kernel leaves of a command that took more memory than there is."""


class Shortage(Enum):
    """What a job had too little of."""

    MEMORY = "mem_mb"
    DISK = "disk_mb"


HINTS = {
    126: "Exit code 126 means that a program could not be executed.",
    127: "Exit code 127 means that a program was not found in the image: check the rule's "
    "container, or on the local cloud your PATH.",
    OUT_OF_MEMORY: "Exit code 137 usually means out of memory: raise mem_mb.",
}
"""What exit codes of a shell mean, and what to change."""


def uncovered(plan: Plan, manifest: Manifest) -> list[str]:
    """Return the planned results that the manifest does not vouch for."""
    return [
        output.uri
        for output in plan.outputs
        if output.kind is not OutputKind.LOG and output.uri not in manifest.results
    ]


def step_log(plan: Plan, number: int) -> ObjectUri:
    """Return where a step's log went."""
    return ObjectUri.parse(plan.folder) / step_log_name(number, plan.steps[number].name)


def logs_to_show(plan: Plan, manifest: Manifest | None) -> list[ObjectUri]:
    """Return the logs that may tell why a job failed, the likeliest first.

    That is the whole log of the failed step; where the machine never came to store one, the parts
    stored on the way, the last step's first.
    """
    number = None if manifest is None else failed_step(manifest.steps)
    whole = [] if number is None else [step_log(plan, number)]
    folder = ObjectUri.parse(plan.folder)
    parts = [folder / part_log_name(number, step.name) for number, step in enumerate(plan.steps)]
    return whole + parts[::-1]


def shortage(failure: Failure, manifest: Manifest | None, tail: str) -> Shortage | None:
    """Tell what ran short, from the exit codes, the problems and the end of the log."""
    if failure.kind is not FailureKind.USER:
        return None
    problems = manifest.problems if manifest is not None else ()
    codes = {record.exit_code for record in manifest.steps} if manifest is not None else set()
    if any(DISK_FULL in text for text in (tail, failure.message, *problems)):
        return Shortage.DISK
    return Shortage.MEMORY if OUT_OF_MEMORY in codes | {failure.exit_code} else None


def failure_text(
    failure: Failure, manifest: Manifest | None, machine: str, short: Shortage | None = None
) -> str:
    """Return one paragraph for a person: what happened, on which machine, and a remedy."""
    problems = list(manifest.problems) if manifest is not None else []
    sentences = problems or [failure.message]
    codes = {record.exit_code for record in manifest.steps} if manifest is not None else set()
    codes.add(failure.exit_code)
    sentences += [hint for code, hint in HINTS.items() if code in codes]
    if short is Shortage.DISK:
        sentences.append("The disk was full: raise disk_mb.")
    if failure.kind is FailureKind.TIMEOUT:
        sentences.append("It ran into its time limit: raise runtime.")
    if failure.kind is FailureKind.INFRASTRUCTURE:
        sentences.append("The machine was lost, not the command's fault.")
    if machine:
        sentences.append(f"Machine {machine}.")
    return " ".join(sentences)


def last_lines(log: str) -> Sequence[str]:
    """Return the end of a log, for the terminal."""
    return log.rstrip().splitlines()[-TAIL_LINES:]

"""The plan of a job: all that its virtual machine needs to know, one JSON object in the bucket.

Paths are relative to the work disk; addresses are `gs://bucket/name`.
"""

import re
from collections.abc import Iterable
from enum import Enum

import msgspec
from msgspec import Struct

PLAN_VARIABLE = "HEADRACE_PLAN"
"""Environment variable with the address of the plan; see `split_part` for jobs in a bundle."""

WORK_VARIABLE = "HEADRACE_WORK"
"""Environment variable with the mount path of the work disk."""

DIRECTORY_TYPE = "application/x-directory"
"""Content type of the empty object that stands for an empty directory."""

PLAN_NAME = "plan.json"
PLANS_NAME = "plans.jsonl"
"""The plans of an array's tasks, one a line: task number N finds its own on line N, from 0."""

TASK_VARIABLE = "BATCH_TASK_INDEX"
"""Environment variable in which Batch tells a task its number, from 0."""

MANIFESTS_FOLDER = "manifests"
MANIFEST_SUFFIX = ".json"


def step_log_name(number: int, name: str) -> str:
    """Return the name of a step's log below the job's folder."""
    return f"step-{number}-{name}.log"


def part_log_name(number: int, name: str) -> str:
    """Return the name of a step's unfinished log below the job's folder."""
    return f"step-{number}-{name}.part.log"


class OutputKind(Enum):
    """What a file is to the workflow: logs travel even when the step failed."""

    RESULT = "result"
    LOG = "log"
    BENCHMARK = "benchmark"


class Input(Struct, frozen=True, forbid_unknown_fields=True):
    """An object, or all objects below it, to have at `path` before the first step."""

    uri: str
    path: str


class Carried(Struct, frozen=True, forbid_unknown_fields=True):
    """A small file of the repository that travels inside the plan."""

    path: str
    content: bytes
    executable: bool = False


class Checksum(Struct, frozen=True, forbid_unknown_fields=True):
    """A digest that a result must have; `algorithm` as in Python's hashlib."""

    algorithm: str
    digest: str


class Output(Struct, frozen=True, forbid_unknown_fields=True):
    """A file, or a directory tree, that step number `step` leaves at `path`.

    `stored_by_step` marks what the step itself has put into the bucket.
    """

    uri: str
    path: str
    step: int
    kind: OutputKind = OutputKind.RESULT
    directory: bool = False
    non_empty: bool = False
    checksum: Checksum | None = None
    stored_by_step: bool = False


class Step(Struct, frozen=True, forbid_unknown_fields=True):
    """One command, run by `shell` in its own image.

    Attributes:
        folders: directories to make before the first step.
        touch: outputs made by touching, after the command.
        pipes: named pipes to make before the first step.
        beside: whether it runs at once with the step before it, and not after it.
    """

    name: str
    image: str
    command: str
    shell: str = "bash"
    folders: tuple[str, ...] = ()
    touch: tuple[str, ...] = ()
    pipes: tuple[str, ...] = ()
    beside: bool = False


class Plan(Struct, frozen=True, forbid_unknown_fields=True):
    """A whole job.

    `folder` is where its logs go, and `manifest` the address of its manifest. The manifests of a
    run lie together, so that a listing brings them and nothing else.
    """

    folder: str
    inputs: tuple[Input, ...]
    carried: tuple[Carried, ...]
    steps: tuple[Step, ...]
    outputs: tuple[Output, ...]
    manifest: str = ""

    @property
    def waves(self) -> tuple[tuple[int, ...], ...]:
        """The numbers of the steps, in order; those of one wave run at once."""
        waves: list[tuple[int, ...]] = []
        for number, step in enumerate(self.steps):
            if step.beside:
                waves[-1] += (number,)
            else:
                waves.append((number,))
        return tuple(waves)


def manifest_of(work: str, folder: str) -> str:
    """Return the address of a job's manifest: the job's folder lies below the run's, `work`."""
    return f"{work}/{MANIFESTS_FOLDER}/{folder.removeprefix(f'{work}/')}{MANIFEST_SUFFIX}"


def placed_in(plan: Plan, work: str, folder: str) -> Plan:
    """Return a plan with its places: `folder` lies below the run's own folder, `work`."""
    return msgspec.structs.replace(plan, folder=folder, manifest=manifest_of(work, folder))


def part_of(address: str, first: int, last: int) -> str:
    """Return the address of some bytes of an object, from the first to the last, as HTTP counts."""
    return f"{address}#{first}-{last}"


def split_part(text: str) -> tuple[str, tuple[int, int] | None]:
    """Return an object's address, and which of its bytes are meant, None for all of them."""
    part = _PART.search(text)
    return (text[: part.start()], (int(part[1]), int(part[2]))) if part else (text, None)


_PART = re.compile(r"#(\d+)-(\d+)\Z", re.ASCII)


def encode_plans(plans: Iterable[Plan]) -> bytes:
    """Return the plans of an array's tasks as one object's content."""
    return b"".join(msgspec.json.encode(plan) + b"\n" for plan in plans)

"""What a job asks for: the one model behind both APIs, immutable once accepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

BOOT_DISK = "boot"
"""The disk that plays everything of the virtual machine outside its mounted disks."""

GROUP = "group0"
"""The one task group that a Batch job may have."""


class Api(Enum):
    """Which API a job came by; it decides the manners in which the engine runs it.

    Life Sciences fetches all images before the first action, tells every step how the last one
    ended, traces each step among the job's events, and refuses a machine larger than the quota.
    """

    LIFE_SCIENCES = "lifesciences"
    BATCH = "batch"


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder of a disk, seen by a container under `path`."""

    path: str
    disk: str
    folder: str = ""
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class BucketDisk:
    """A bucket, or a folder of one, that a machine mounts like a disk.

    Attributes:
        disk: what its mounts call it.
        folder: empty, or the beginning of its objects' names with a slash at the end.
    """

    disk: str
    bucket: str
    folder: str


@dataclass(frozen=True, slots=True)
class Container:
    """A program in an image; without an entrypoint the first command is the program.

    `options` are more words for the engine's `run` (Batch).
    """

    image: str
    entrypoint: str
    commands: tuple[str, ...]
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """A script on the machine itself; without a shebang line `/bin/sh` reads it."""

    text: str


@dataclass(frozen=True, slots=True)
class ScriptFile:
    """A script that is already on the machine, by its path there."""

    path: str


@dataclass(frozen=True, slots=True)
class Barrier:
    """A point where every task of the job waits for all the others."""

    name: str


Program = Container | Script | ScriptFile | Barrier


@dataclass(frozen=True, slots=True)
class Step:
    """One action (Life Sciences) or runnable (Batch); `timeout` is in seconds.

    `told` says that its start and its end are events of the task (Batch `displayName`).
    """

    name: str
    program: Program
    environment: Mapping[str, str] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    timeout: float | None = None
    always_run: bool = False
    ignore_exit_status: bool = False
    background: bool = False
    capture_stderr: bool = True
    block_external_network: bool = False
    told: bool = False


@dataclass(frozen=True, slots=True)
class Machine:
    """The virtual machine asked for; `memory_mib` in MiB, `zone` where it will stand."""

    machine_type: str
    vcpus: int
    memory_mib: int
    region: str
    zone: str
    spot: bool = False
    disks: tuple[str, ...] = ()


class PolicyAction(Enum):
    """What a Batch lifecycle policy does on the exit codes it lists."""

    RETRY_TASK = "RETRY_TASK"
    FAIL_TASK = "FAIL_TASK"


@dataclass(frozen=True, slots=True)
class RetryRule:
    """How often a task may fail, and on which exit codes; without an action: on any."""

    max_retries: int = 0
    action: PolicyAction | None = None
    exit_codes: frozenset[int] = frozenset()

    def allows(self, retries_used: int, exit_code: int) -> bool:
        """Whether a task that ended with `exit_code` is tried again."""
        if retries_used >= self.max_retries:
            return False
        match self.action:
            case PolicyAction.RETRY_TASK:
                return exit_code in self.exit_codes
            case PolicyAction.FAIL_TASK:
                return exit_code not in self.exit_codes
            case None:
                return True


@dataclass(frozen=True, slots=True)
class JobSpec:
    """A whole job. Times are in seconds.

    Attributes:
        task_environments: one mapping for each task; its length is the number of tasks.
        run_timeout: limit of one attempt of a task (Batch `maxRunDuration`).
        total_timeout: limit of the whole job, waiting included (Life Sciences `timeout`).
        volumes: the disks that the machine itself has mounted, for scripts.
        buckets: those of its disks that are buckets.
        log_path: folder of the machine for Batch log files (`logsPolicy` PATH), else empty.
    """

    api: Api
    steps: tuple[Step, ...]
    machine: Machine
    environment: Mapping[str, str]
    task_environments: tuple[Mapping[str, str], ...]
    parallelism: int = 1
    tasks_per_vm: int = 1
    retry: RetryRule = RetryRule()
    run_timeout: float | None = None
    total_timeout: float | None = None
    volumes: tuple[Mount, ...] = ()
    buckets: tuple[BucketDisk, ...] = ()
    log_path: str = ""

    @property
    def task_count(self) -> int:
        """The number of tasks, at least one."""
        return len(self.task_environments)

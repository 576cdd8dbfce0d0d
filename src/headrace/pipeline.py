"""The one model of a job: a list of container actions on one virtual machine.

It is the Life Sciences *Pipeline* (REST reference of Cloud Life Sciences v2beta,
`projects.locations.pipelines.run`), reduced to what a workflow needs. `headrace.services`
translates it for the API at hand; nothing here knows of any.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class DiskType(Enum):
    """Kinds of disk a job's files may live on, by their Compute Engine names."""

    STANDARD = "pd-standard"
    BALANCED = "pd-balanced"
    SSD = "pd-ssd"
    LOCAL_SSD = "local-ssd"


@dataclass(frozen=True)
class Disk:
    """A fresh disk of one virtual machine, mounted at `path` in every action."""

    name: str
    size_gb: int
    path: str
    type: DiskType = DiskType.BALANCED


@dataclass(frozen=True)
class Network:
    """Where the virtual machine's only network interface sits."""

    network: str
    subnetwork: str
    private_address: bool = True


@dataclass(frozen=True)
class Gpus:
    """GPUs of one machine, by Compute Engine's name of their type.

    `attached` tells those that join a machine (n1) from those that are part of one (g2, a2).
    """

    type: str
    count: int
    attached: bool = True


@dataclass(frozen=True)
class Machine:
    """The virtual machine of one job; disks in GiB, memory in MiB.

    Without a `disk` of its own a job has the boot disk's room, in its containers' own files. `tags`
    are network tags, which Batch knows and Life Sciences does not; `min_cpu_platform` and
    `reservation` are Compute Engine's own names.
    """

    machine_type: str
    cpus: int
    memory_mb: int
    region: str
    disk: Disk | None = None
    zones: tuple[str, ...] = ()
    gpus: Gpus | None = None
    spot: bool = False
    boot_disk_gb: int = 30
    service_account: str | None = None
    network: Network | None = None
    tags: tuple[str, ...] = ()
    min_cpu_platform: str | None = None
    reservation: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def disk_gb(self) -> int:
        """The size of its work disk, 0 if it has none."""
        return 0 if self.disk is None else self.disk.size_gb

    @property
    def disk_type(self) -> DiskType:
        """The type of its work disk, the usual one if it has none."""
        return DiskType.BALANCED if self.disk is None else self.disk.type


@dataclass(frozen=True)
class Action:
    """One container, run after the one before it has ended well.

    `commands` are the container's arguments, behind `entrypoint` if that is given. An action that
    is `always_run` runs after a failure as well, except when the whole job has timed out. One in
    the `background` runs beside those that follow and is stopped after the last of them. One that
    `writes_disk` runs as root, whatever its image says, with no right of root's but to read and
    write all files: machines mount disks for root, and what steps leave may be any user's.
    `secrets` are variables whose values the machine reads from Secret Manager, by the secret's
    version, `projects/P/secrets/S/versions/V`.
    """

    name: str
    image: str
    commands: tuple[str, ...]
    entrypoint: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    always_run: bool = False
    background: bool = False
    writes_disk: bool = False
    timeout_seconds: int | None = None


@dataclass(frozen=True)
class Pipeline:
    """A whole job. `environment` reaches every action; `labels` find the job again.

    With `image_streaming`, containers start before their images are there in whole. A job of many
    `tasks` is an array: each task runs all actions and learns its number, from 0, by its
    environment; `parallelism` of them run at once, each on a machine that takes one after another.
    The ends of job and tasks are published to the Pub/Sub `topic`, if there is one.
    """

    actions: tuple[Action, ...]
    machine: Machine
    timeout_seconds: int
    environment: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    image_streaming: bool = False
    tasks: int = 1
    parallelism: int = 1
    topic: str | None = None

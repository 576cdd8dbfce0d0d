"""What `localcloud up` was asked for, checked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from localcloud.engine.vm_model import VmModel
from localcloud.errors import LocalCloudError
from localcloud.events.subscriptions import PushSubscription
from localcloud.functions import Function
from localcloud.jobs.machine_types import QUOTA_METRICS
from localcloud.runtime.images import ImageRule, LocalImage
from localcloud.runtime.namespace import Mounts

_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_VARIABLE = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_MAX_TIME_SCALE = 1e6
_PORTS = range(65536)


class RuntimeKind(Enum):
    """What plays the containers of machines."""

    PROCESS = "process"
    CONTAINER = "container"


@dataclass(frozen=True, slots=True)
class Settings:
    """One local cloud.

    Attributes:
        port, storage_port: of the APIs and of the storage; 0 for any free one.
        in_memory: keep objects in memory instead of under the state directory.
        pushes: where notifications of jobs go.
        cpus: vCPU quota of each region.
        quotas: vCPU quota of each region for single families, by metric such as `C2_CPUS`.
        runtime, mounts: what plays containers, and how processes see the disks.
        images, local_images: what stands for an image in the one and in the other runtime.
        vm_model, time_scale: how machines behave and how fast the cloud's clock runs.
        secrets: values of Batch's secret variables by resource name.
        function_environment: what functions get besides the addresses.
        until_stdin_closes: stop when standard input ends, for programs that start a local cloud.
    """

    state: Path
    port: int = 0
    storage_port: int = 0
    in_memory: bool = False
    pushes: tuple[PushSubscription, ...] = ()
    buckets: tuple[str, ...] = ()
    project: str = "local-project"
    location: str = "us-central1"
    cpus: int = 24
    quotas: Mapping[str, int] = field(default_factory=dict)
    runtime: RuntimeKind = RuntimeKind.PROCESS
    mounts: Mounts = Mounts.AUTO
    images: tuple[ImageRule, ...] = ()
    local_images: tuple[LocalImage, ...] = ()
    functions: tuple[Function, ...] = ()
    function_environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    keep_vms: bool = False
    vm_model: VmModel = field(default_factory=VmModel)
    time_scale: float = 1.0
    until_stdin_closes: bool = False

    def __post_init__(self) -> None:
        for option, port in (("--port", self.port), ("--storage-port", self.storage_port)):
            if port not in _PORTS:
                raise LocalCloudError(f"{option} {port} is not between 0 and {_PORTS[-1]}.")
        if not 0 < self.time_scale <= _MAX_TIME_SCALE:
            raise LocalCloudError(
                f"--time-scale {self.time_scale:g} is not between 0 and {_MAX_TIME_SCALE:g}."
            )
        if self.cpus < 1:
            raise LocalCloudError(f"--cpus {self.cpus} is not a number of at least 1.")
        for bucket in self.all_buckets:
            check_bucket(bucket)
        targets = [function.target for function in self.functions]
        for target in targets:
            if targets.count(target) > 1:
                raise LocalCloudError(f"--function: {target!r} is given twice.")

    @property
    def all_buckets(self) -> tuple[str, ...]:
        """The buckets to make: those asked for and those that functions wait on."""
        waited_on = (function.bucket for function in self.functions if function.bucket)
        return tuple(dict.fromkeys([*self.buckets, *waited_on]))


def check_bucket(name: str) -> None:
    """Refuse a bucket name that Cloud Storage refuses."""
    if not _BUCKET.fullmatch(name):
        raise LocalCloudError(
            f"--bucket {name!r} is not a bucket name: 3 to 222 lower-case letters, digits, '-', '_'"
            " and '.', beginning and ending with a letter or digit."
        )


def read_secrets(path: Path | None) -> dict[str, str]:
    """The secrets in a JSON file `{"projects/P/secrets/S/versions/V": "value"}`; none for None."""
    if path is None:
        return {}
    try:
        secrets = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise LocalCloudError(f"--secrets {path} cannot be read: {error}.") from None
    texts = isinstance(secrets, dict) and all(isinstance(text, str) for text in secrets.values())
    if not texts:
        raise LocalCloudError(f"--secrets {path} is not a JSON object of texts.")
    return dict(secrets)


def parse_quotas(texts: Sequence[str]) -> dict[str, int]:
    """Read `METRIC=N` texts; LocalCloudError naming the one that is not, or no known metric."""
    quotas = {}
    for text in texts:
        metric, _, number = text.partition("=")
        if metric not in QUOTA_METRICS or not number.isdecimal():
            raise LocalCloudError(
                f"--quota {text!r} is not METRIC=N with one of {', '.join(QUOTA_METRICS)}."
            )
        quotas[metric] = int(number)
    return quotas


def parse_variables(texts: Sequence[str]) -> dict[str, str]:
    """Read `NAME=VALUE` texts; LocalCloudError naming the one that is not."""
    variables = {}
    for text in texts:
        match = _VARIABLE.fullmatch(text)
        if match is None:
            raise LocalCloudError(f"--function-env {text!r} is not NAME=VALUE.")
        variables[match[1]] = match[2]
    return variables

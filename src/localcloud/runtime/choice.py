"""Which runtime plays the machines, as asked for and as this host allows."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from localcloud.errors import LocalCloudError
from localcloud.runtime.base import Runtime
from localcloud.runtime.container import ContainerRuntime
from localcloud.runtime.engines import find_engine
from localcloud.runtime.namespace import use_namespaces
from localcloud.runtime.process import ProcessRuntime
from localcloud.settings import RuntimeKind, Settings
from localcloud.storage import StorageClient


@dataclass(frozen=True, slots=True)
class Choice:
    """A runtime and, for a person, what it is."""

    runtime: Runtime
    description: str


def choose_runtime(
    settings: Settings,
    directory: Path,
    environment: Mapping[str, str],
    now: Callable[[], datetime],
    storage: StorageClient,
) -> Choice:
    """The runtime for a state directory; `environment` is what every program of it gets.

    Raises:
        LocalCloudError: this host cannot do what is asked for.
    """
    namespaces = use_namespaces(settings.mounts)
    host = ProcessRuntime(
        directory=directory / "vms",
        images=settings.images,
        host_path=os.environ.get("PATH", os.defpath),
        environment=environment,
        now=now,
        storage=storage,
        namespaces=namespaces,
        keep=settings.keep_vms,
    )
    disks = "disks mounted in namespaces" if namespaces else "disk paths replaced in requests"
    match settings.runtime:
        case RuntimeKind.PROCESS:
            return Choice(host, f"processes of this host, {disks}")
        case RuntimeKind.CONTAINER:
            engine = find_engine(directory, os.environ)
            engine.remove_all(str(directory))
            runtime = ContainerRuntime(engine, str(directory), settings.local_images, host)
            return Choice(runtime, f"containers of {engine.kind.value}; for scripts, {disks}")


def remove_leftovers(settings: Settings, directory: Path) -> None:
    """Remove what a killed local cloud has left running outside its own processes."""
    if settings.runtime is RuntimeKind.CONTAINER:
        with suppress(LocalCloudError):  # without an engine there are no containers
            find_engine(directory, os.environ).remove_all(str(directory))

"""`localcloud up`: its options, and running a local cloud in front or in the background."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from localcloud.engine.vm_model import PUBLISHED_BOOT_SECONDS, PUBLISHED_PULL_SECONDS, VmModel
from localcloud.errors import LocalCloudError
from localcloud.events.subscriptions import PushSubscription
from localcloud.functions import Function
from localcloud.keeper import keep
from localcloud.runtime.choice import remove_leftovers
from localcloud.runtime.images import ImageRule, LocalImage
from localcloud.runtime.namespace import Mounts
from localcloud.settings import RuntimeKind, Settings, parse_quotas, parse_variables, read_secrets
from localcloud.statedir import CloudState, StateDir

ERROR_PREFIX = "localcloud: "

_START_SECONDS = 90.0
_POLL_SECONDS = 0.05
_MANY = 1e9
_GC_THRESHOLDS = (20_000, 50, 100)
"""Thousands of jobs are held and hardly any of them is garbage: it is looked for less often."""


def add_options(up: argparse.ArgumentParser) -> None:
    """Declare the options of `localcloud up`, besides --state."""
    add = up.add_argument
    add("--port", type=int, default=0, help="of the APIs; 0, the default, for any free one")
    add("--storage-port", type=int, default=0, help="of the storage; 0 for any free one")
    add("--in-memory", action="store_true", help="keep objects in memory, not under DIR/storage")
    add("--bucket", action="append", default=[], metavar="NAME", help="make this bucket (repeat)")
    add("--project", default="local-project", help="project id for clients (default: %(default)s)")
    add("--location", default="us-central1", help="region for clients (default: %(default)s)")
    add("--cpus", type=int, default=24, help="vCPU quota of each region (default: %(default)s)")
    add(
        "--quota",
        action="append",
        default=[],
        metavar="METRIC=N",
        help="... and of one machine family in it, such as C2_CPUS=8 (repeat)",
    )
    add(
        "--function",
        action="append",
        default=[],
        metavar="SOURCE:TARGET[@BUCKET]",
        help="run this function, on uploads to BUCKET, else on HTTP requests (repeat)",
    )
    add(
        "--function-env",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="variable for the functions (repeat)",
    )
    add(
        "--push",
        action="append",
        default=[],
        metavar="TOPIC=URL",
        help="post the notifications of jobs for a Pub/Sub topic to an address (repeat)",
    )
    add("--secrets", type=Path, metavar="FILE", help="JSON: resource names of secrets to values")
    _add_runtime(up)
    _add_vm_model(up)
    add("--keep-vms", action="store_true", help="keep the directories of released machines")
    add("--detach", action="store_true", help="return once all is up; log to DIR/localcloud.log")
    add("--until-stdin-closes", action="store_true", help="stop when standard input ends")


def _add_runtime(up: argparse.ArgumentParser) -> None:
    add = up.add_argument_group("containers").add_argument
    add(
        "--runtime",
        choices=[kind.value for kind in RuntimeKind],
        default=RuntimeKind.PROCESS.value,
        help="what plays them: processes of this host, or containers of podman or docker"
        " (default: %(default)s)",
    )
    add(
        "--image",
        action="append",
        default=[],
        metavar="PATTERN=TARGET",
        help="what stands for images matching PATTERN: a directory of programs,"
        " or with --runtime container the name of a local image (repeat)",
    )
    add(
        "--mounts",
        choices=[mounts.value for mounts in Mounts],
        default=Mounts.AUTO.value,
        help="how processes see their disks: mounted at the true paths in a namespace, by paths"
        " rewritten in requests, or as this host allows (default: %(default)s)",
    )


def _add_vm_model(up: argparse.ArgumentParser) -> None:
    add = up.add_argument_group(
        "machines (without these, none of them takes time to come)"
    ).add_argument
    add("--realistic", action="store_true", help="published boot and pull times")
    add("--boot-seconds", type=_seconds, metavar="S", help="from order to first step")
    add("--pull-seconds", type=_seconds, metavar="S", help="for each image on each machine")
    add(
        "--preemptions-per-hour",
        type=_seconds,
        default=0.0,
        metavar="N",
        help="mean number for a spot machine (default: none)",
    )
    add("--seed", type=int, default=0, help="of the preemptions (default: %(default)s)")
    add(
        "--time-scale",
        type=_seconds,
        default=1.0,
        metavar="N",
        help="the cloud's clock, time limits included, runs N times as fast (default: 1)",
    )


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < _MANY:
        raise ValueError(f"{text} is not a sensible number")
    return value


def _vm_model(options: argparse.Namespace) -> VmModel:
    boot = PUBLISHED_BOOT_SECONDS if options.realistic else 0.0
    pull = PUBLISHED_PULL_SECONDS if options.realistic else 0.0
    return VmModel(
        boot_seconds=boot if options.boot_seconds is None else options.boot_seconds,
        pull_seconds=pull if options.pull_seconds is None else options.pull_seconds,
        preemptions_per_hour=options.preemptions_per_hour,
        seed=options.seed,
    )


def _settings(options: argparse.Namespace) -> Settings:
    runtime = RuntimeKind(options.runtime)
    directories = options.image if runtime is RuntimeKind.PROCESS else []
    names = options.image if runtime is RuntimeKind.CONTAINER else []
    return Settings(
        state=options.state,
        port=options.port,
        storage_port=options.storage_port,
        in_memory=options.in_memory,
        buckets=tuple(options.bucket),
        project=options.project,
        location=options.location,
        cpus=options.cpus,
        quotas=parse_quotas(options.quota),
        runtime=runtime,
        mounts=Mounts(options.mounts),
        images=tuple(ImageRule.parse(text) for text in directories),
        local_images=tuple(LocalImage.parse(text) for text in names),
        functions=tuple(Function.parse(text) for text in options.function),
        function_environment=parse_variables(options.function_env),
        pushes=tuple(PushSubscription.parse(text) for text in options.push),
        secrets=read_secrets(options.secrets),
        keep_vms=options.keep_vms,
        vm_model=_vm_model(options),
        time_scale=options.time_scale,
        until_stdin_closes=options.until_stdin_closes,
    )


def run(options: argparse.Namespace) -> int:
    """Run a local cloud until it is stopped; the exit code."""
    settings = _settings(options)
    directory = StateDir(settings.state)
    directory.claim()
    keeper = os.getpid()
    code = keep(lambda: _serve(settings, directory, keeper))
    remove_leftovers(settings, directory.path)
    return code


def _serve(settings: Settings, directory: StateDir, keeper: int) -> int:
    """Run in the keeper's child; the servers' libraries are loaded here, where they are needed."""
    from localcloud.cloud import Cloud  # noqa: PLC0415 (the keeper stays small and has no threads)

    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    directory.withdraw()
    gc.set_threshold(*_GC_THRESHOLDS)

    async def serve() -> None:
        await Cloud(settings, directory, keeper).serve()

    try:
        asyncio.run(serve())
    except LocalCloudError as error:
        sys.stderr.write(f"{ERROR_PREFIX}{error}\n")
        return 1
    return 0


def run_detached(options: argparse.Namespace, words: Sequence[str]) -> CloudState:
    """Run the command `words` without --detach in the background; where it is, once it is up.

    Raises:
        LocalCloudError: it does not come up; the message is its own last one.
    """
    directory = StateDir(_settings(options).state)
    if directory.in_use():
        directory.claim()  # raises, saying that it is in use
    directory.path.mkdir(parents=True, exist_ok=True)
    with directory.log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "localcloud", *(word for word in words if word != "--detach")],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_SECONDS
    while (state := directory.read()) is None:
        if process.poll() is not None:
            raise LocalCloudError(_last_error(directory.log))
        if time.monotonic() > deadline:
            process.terminate()
            raise LocalCloudError(f"not up after {_START_SECONDS:g} s; see {directory.log}.")
        time.sleep(_POLL_SECONDS)
    return state


def _last_error(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    last = lines[-1] if lines else f"ended without a word; see {log}"
    return last.removeprefix(ERROR_PREFIX)

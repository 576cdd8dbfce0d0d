"""A local cloud to measure on: its machines' times are published ones, its servers are counted."""

import dataclasses
import json
import os
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from msgspec import Struct
from msgspec.structs import replace

from benchmarks.counting import Side
from benchmarks.relay import Relay
from localcloud.testing import LocalCloud


class MachineTimes(Struct, frozen=True):
    """What the machines of the local cloud take, in seconds of its clock.

    Attributes:
        boot: from the order of a machine to its first container.
        pull: for each image, once on a machine.
        scale: how many times faster than ours the cloud's clock runs.
    """

    boot: float
    pull: float
    scale: float

    @property
    def options(self) -> list[str]:
        """The words that tell `localcloud up`."""
        return [
            f"--boot-seconds={self.boot}",
            f"--pull-seconds={self.pull}",
            f"--time-scale={self.scale}",
        ]


PUBLISHED = MachineTimes(boot=68.6, pull=3.4, scale=20.0)
"""Batch took 68.6 s from SCHEDULED to RUNNING for a trivial job (nextflow-io/nextflow#4225); a Life
Sciences job took 3.4 s for each further container, the pull of its image included
(broadinstitute/cromwell#6462)."""

SLOWER = replace(PUBLISHED, scale=5.0)
"""The same with a slower clock, where what machines are billed is looked at: what this machine
takes to start processes stands in the bill as so many times as long."""

ROUND_TRIP = 0.02
"""Seconds of a request to Google: half of what the log in pangeo-data/pangeo#112 shows for the
metadata of one object (41 ms), to the good of whoever asks more often."""

AT_ONCE = MachineTimes(boot=0.0, pull=0.0, scale=1.0)
"""Machines that cost no time: what is left is the head's and the staging's."""


class Machines(Struct, frozen=True):
    """What the machines of a run have cost, in seconds of the cloud's clock and in USD."""

    boots: int
    seconds: float
    billed_seconds: float
    usd: float


@dataclass(frozen=True)
class World:
    """A local cloud, the relays that a head is told of, and what its machines' programs may read.

    Attributes:
        notes: the folder for what heads note; only played machines read them.
    """

    cloud: LocalCloud
    times: MachineTimes
    api: Relay
    storage: Relay
    notes: Path | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead a head through the relays."""
        return {
            **self.cloud.environment,
            "CLOUD_URL": self.api.url,
            "STORAGE_EMULATOR_HOST": self.storage.url,
        }

    def bill(self) -> Machines:
        """Return what the machines since the last reset have cost."""
        with urllib.request.urlopen(f"{self.cloud.url}/_localcloud/bill", timeout=60) as answer:  # noqa: S310 # our own server
            total = json.load(answer)["total"]
        return Machines(total["machines"], total["seconds"], total["billedSeconds"], total["cost"])


@contextmanager
def world(times: MachineTimes, images: Mapping[str, Path], cpus: int = 400) -> Iterator[World]:
    """Run a local cloud with these images and this vCPU quota."""
    with _counted(times, cpus, images, options=()) as running:
        yield running


@contextmanager
def played_world(times: MachineTimes, programs: Path, cpus: int = 400) -> Iterator[World]:
    """Run a local cloud whose images and machines all have these programs and no others of ours.

    Who plays a machine's programs must see its disk where they see it, so nothing is mounted.
    """
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    with (
        mock.patch.dict(os.environ, PATH=path),
        _counted(times, cpus, {"*": programs}, options=("--mounts=rewrite",)) as running,
    ):
        yield dataclasses.replace(running, notes=programs)


@contextmanager
def _counted(
    times: MachineTimes, cpus: int, images: Mapping[str, Path], options: Sequence[str]
) -> Iterator[World]:
    words = [*times.options, *options]
    with (
        LocalCloud.start(
            buckets=["inbox", "results"], images=images, cpus=cpus, options=words
        ) as cloud,
        Relay.running(Side.API, cloud.url) as api,
        Relay.running(Side.STORAGE, cloud.storage_url) as storage,
    ):
        yield World(cloud, times, api, storage)

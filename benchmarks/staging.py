"""What staging costs in a machine: a job that does nothing, and large files both ways."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from headrace.gcs import ObjectUri
from headrace.staging.objects import Objects
from headrace.staging.plan import PLAN_NAME, Input, Output, Plan, Step

ROUNDS = 15
_MB = 1_000_000
_KIB_PER_MIB = 1024
_PIECE = 1 << 20


class Overhead(Struct, frozen=True):
    """Seconds of a job that does nothing: medians of `ROUNDS`, the least, and those of CPU."""

    stage_in: float
    step: float
    stage_out: float
    least: float
    cpu: float

    @property
    def total(self) -> float:
        """Seconds for all three."""
        return self.stage_in + self.step + self.stage_out


class Transfers(Struct, frozen=True):
    """MB/s of one large file, and MiB of memory that staging took at most.

    `server_…` is a bare loop over the same connection that keeps nothing, `disk` a bare write.
    """

    megabytes: int
    disk: float
    server_down: float
    server_up: float
    stage_in: float
    stage_out: float
    rss_mb: float


def measure_overhead(endpoint: str, stage: Path) -> Overhead:
    """Run the three programs of a job, `stage` the first and the last, again and again."""
    plan = Plan(
        folder="gs://results/work/bench/nothing",
        manifest="gs://results/work/bench/manifests/nothing.json",
        inputs=(),
        carried=(),
        steps=(Step("touch", "image", "touch made"),),
        outputs=(Output("gs://results/bench/made", "made", 0),),
    )
    with tempfile.TemporaryDirectory() as folder:
        environment = _prepare(plan, endpoint, Path(folder))
        rounds = [_round(str(stage), environment, Path(folder, str(n))) for n in range(ROUNDS)]
    medians = [statistics.median(one[part][0] for one in rounds) for part in range(3)]
    stage_in, step, stage_out = (round(seconds, 3) for seconds in medians)
    return Overhead(
        stage_in,
        step,
        stage_out,
        least=round(min(sum(wall for wall, _ in one) for one in rounds), 3),
        cpu=round(statistics.median(sum(cpu for _, cpu in one) for one in rounds), 3),
    )


def measure_transfers(endpoint: str, megabytes: int) -> Transfers:
    """Bring one large file in and take it out."""
    size = megabytes * _MB
    plan = Plan(
        folder="gs://results/work/bench/large",
        manifest="gs://results/work/bench/manifests/large.json",
        inputs=(Input("gs://results/bench/large", "large"),),
        carried=(),
        steps=(Step("link", "image", "ln large copy"),),
        outputs=(Output("gs://results/bench/copy", "copy", 0),),
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        content = os.urandom(_PIECE) * (size // _PIECE + 1)
        disk = _rate(size, lambda: _write(folder / "disk", content[:size]))
        up = _rate(size, lambda: _send(endpoint, content[:size]))
        down = _rate(size, lambda: _receive(endpoint))
        environment = {**_prepare(plan, endpoint, folder), "HEADRACE_WORK": str(folder / "work")}
        (folder / "work").mkdir()
        peaks = [_run_reporting(("in",), environment)]
        _run(["bash", str(folder / "work/.headrace/step.sh"), "0", "bash"], environment)
        peaks.append(_run_reporting(("out",), environment))
        with closing(Objects(endpoint)) as objects:
            manifest = msgspec.json.decode(objects.read(ObjectUri.parse(plan.manifest)))
    return Transfers(
        megabytes,
        disk=disk,
        server_down=down,
        server_up=up,
        stage_in=round(size / _MB / manifest["seconds_in"], 1),
        stage_out=round(size / _MB / manifest["seconds_out"], 1),
        rss_mb=round(max(peaks), 1),
    )


def _prepare(plan: Plan, endpoint: str, folder: Path) -> dict[str, str]:
    address = ObjectUri.parse(plan.folder) / PLAN_NAME
    with closing(Objects(endpoint)) as objects:
        objects.write(address, msgspec.json.encode(plan))
    return {
        "PATH": os.environ["PATH"],
        "HEADRACE_PLAN": str(address),
        "HEADRACE_WORK": str(folder),
        "STORAGE_EMULATOR_HOST": endpoint,
    }


def _round(stage: str, environment: Mapping[str, str], work: Path) -> list[tuple[float, float]]:
    work.mkdir()
    here = {**environment, "HEADRACE_WORK": str(work)}
    step = ["bash", str(work / ".headrace/step.sh"), "0", "bash"]
    return [_run(words, here) for words in ([stage, "in"], step, [stage, "out"])]


def _run(words: Sequence[str], environment: Mapping[str, str]) -> tuple[float, float]:
    """Run a program; returns its seconds on the clock and of CPU."""
    before, began = os.times(), time.perf_counter()
    subprocess.run(words, env=dict(environment), check=True, capture_output=True)
    wall, after = time.perf_counter() - began, os.times()
    user = after.children_user - before.children_user
    return wall, user + after.children_system - before.children_system


_REPORTING = """
import atexit, pathlib
from headrace.staging.cli import main
atexit.register(lambda: print(pathlib.Path("/proc/self/status").read_text()))
main()
"""


def _run_reporting(words: Sequence[str], environment: Mapping[str, str]) -> float:
    """Run an action of staging; returns the MiB of memory it took at most."""
    command = [sys.executable, "-c", _REPORTING, *words]
    done = subprocess.run(
        command, env=dict(environment), check=True, capture_output=True, text=True
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / _KIB_PER_MIB


def _rate(size: int, act: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    return round(size / _MB / (time.perf_counter() - began), 1)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        for begin in range(0, len(content), _PIECE):
            file.write(content[begin : begin + _PIECE])
        file.flush()
        os.fsync(file.fileno())


def _send(endpoint: str, content: bytes) -> None:
    with closing(HTTPConnection(urlsplit(endpoint).netloc, timeout=600)) as connection:
        path = "/upload/storage/v1/b/results/o?uploadType=media&name=bench%2Flarge"
        connection.request("POST", path, content, {"Content-Type": "application/octet-stream"})
        connection.getresponse().read()


def _receive(endpoint: str) -> None:
    with closing(HTTPConnection(urlsplit(endpoint).netloc, timeout=600)) as connection:
        connection.request("GET", "/storage/v1/b/results/o/bench%2Flarge?alt=media")
        answer = connection.getresponse()
        while answer.read(_PIECE):
            pass

"""Everything that `make bench` measures, one thing after another on one machine."""

import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from importlib.metadata import version
from pathlib import Path

import msgspec

from benchmarks import classic, played, reference, staging, synthetic, tools, ways
from benchmarks.heads import HeadFailedError
from benchmarks.results import Figures, Run, ToolTimes, Way, Where, Workflow
from benchmarks.tools import Step
from benchmarks.world import AT_ONCE, PUBLISHED, SLOWER, MachineTimes, World, played_world, world
from examples.local import images

_GIB = 2**30


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    like_jobs: Mapping[Way, tuple[int, ...]]
    samples: Mapping[Way, tuple[int, ...]]
    pairs: tuple[int, ...]
    megabytes: int
    dry_run_jobs: int


FULL = Sizes(
    like_jobs={
        Way.ARRAYS: (100, 1_000, 5_000),
        Way.DIRECT: (100, 1_000),
        Way.LOCAL: (100, 1_000, 5_000),
        Way.PUBLIC: (100, 1_000),
    },
    samples={Way.DIRECT: (1, 10), Way.ARRAYS: (1, 10), Way.FUSED: (1, 10, 50)},
    pairs=(10_000, 250_000),
    megabytes=1_000,
    dry_run_jobs=5_000,
)
QUICK = Sizes(
    like_jobs={Way.LOCAL: (20,), Way.DIRECT: (20,), Way.ARRAYS: (20, 100), Way.PUBLIC: (20,)},
    samples={Way.DIRECT: (1,), Way.FUSED: (1, 2)},
    pairs=(10_000,),
    megabytes=200,
    dry_run_jobs=500,
)

Tell = Callable[[str], None]


class Part(StrEnum):
    """What can be measured by itself."""

    STAGING = "staging"
    TOOLS = "tools"
    LIKE_JOBS = "like-jobs"
    REFERENCE = "reference"
    DRY_RUN = "dry-run"


class Suite:
    """Measures into `figures`; `keep` is called with each new state, so that nothing is lost."""

    def __init__(
        self, sizes: Sizes, figures: Figures | None, tell: Tell, keep: Callable[[Figures], None]
    ) -> None:
        self._sizes = sizes
        self._tell = tell
        self._keep = keep
        self.figures = figures or Figures(where=where(), times=PUBLISHED)

    def measure(self, parts: Collection[Part]) -> None:
        """Measure these parts, in the order of their kind."""
        measures = {
            Part.STAGING: self._measure_staging,
            Part.TOOLS: self._measure_all_tools,
            Part.LIKE_JOBS: self._measure_like_jobs,
            Part.REFERENCE: self._measure_reference,
            Part.DRY_RUN: self._measure_dry_run,
        }
        self._note(where=where(), times=PUBLISHED)
        for part, measure in measures.items():
            if part in parts:
                self._try(part, measure)

    def _measure_staging(self) -> None:
        self._tell("staging: a job that does nothing, and a large file")
        with world(AT_ONCE, images()) as machines:
            endpoint = machines.cloud.storage_url
            self._note(overhead=staging.measure_overhead(endpoint))
            self._note(transfers=staging.measure_transfers(endpoint, self._sizes.megabytes))
            self._tell("a trivial job, directly and with Snakemake in its VM")
            direct, in_vm = classic.seconds_per_job(machines.cloud)
            self._note(direct_seconds=direct, classic_seconds=in_vm)

    def _measure_all_tools(self) -> None:
        self._note(tools=[])
        for pairs in self._sizes.pairs:
            self._tell(f"tools: {pairs:,} pairs, ours and the usual chain")
            self._try(f"tools on {pairs} pairs", partial(self._measure_tools, pairs))

    def _note(self, **values: object) -> None:
        self.figures = msgspec.structs.replace(self.figures, **values)
        self._keep(self.figures)

    def _add(self, run: Run) -> None:
        self._note(runs=[*self.figures.runs, run])

    def _try(self, what: str, act: Callable[[], None]) -> None:
        """Measure one thing; what fails is told in the results, and the others go on."""
        try:
            act()
        except (HeadFailedError, OSError, subprocess.SubprocessError) as error:
            self._tell(f"{what} failed: {error}")
            sentence = str(error).splitlines()[0]
            self._note(problems=[*self.figures.problems, f"{what}: {sentence}"])

    def _measure_tools(self, pairs: int) -> None:
        with tempfile.TemporaryDirectory(prefix="headrace-bench-") as name:
            folder = Path(name)
            reads = tools.make_reads(folder / "data", pairs)
            (folder / "usual").mkdir()
            lacking = tools.missing()
            usual = [] if lacking else tools.run_usual_chain(reads, folder / "usual")
            if lacking:
                self._tell(f"the usual chain needs {', '.join(lacking)}: left out")
            ours = self._run_reference_for_real(reads, folder / "ours")
        self._note(tools=[*self.figures.tools, ToolTimes(pairs, ours, usual)])

    def _run_reference_for_real(self, reads: tools.Reads, folder: Path) -> list[Step]:
        shutil.copytree(ways.PROFILES, folder / "profiles")
        reference.lay_out(folder)
        with world(AT_ONCE, images(), cpus=4) as machines:
            endpoint = machines.cloud.storage_url
            words = reference.in_the_bucket(folder, endpoint, 1, reads)
            run, id_ = ways.run(Way.DIRECT, machines, folder, words, (Workflow.REFERENCE, 1))
            del run
            return ways.steps(machines, id_)

    def _forget(self, workflow: Workflow) -> None:
        self._note(runs=[run for run in self.figures.runs if run.workflow is not workflow])

    def _measure_like_jobs(self) -> None:
        self._forget(Workflow.LIKE_JOBS)
        with _played({}) as machines:
            for way, sizes in self._sizes.like_jobs.items():
                for jobs in sizes:
                    what = f"{jobs:,} like jobs: {way}"
                    self._tell(what)
                    self._try(what, partial(self._run_like_jobs, machines, way, jobs))

    def _run_like_jobs(self, machines: World, way: Way, jobs: int) -> None:
        with ways.workplace() as name:
            words = synthetic.write(Path(name), jobs)
            what = (Workflow.LIKE_JOBS, jobs)
            if way is Way.LOCAL:
                self._add(ways.run_locally(Path(name), words, what))
            else:
                self._add(ways.run(way, machines, Path(name), words, what)[0])

    def _measure_reference(self) -> None:
        self._forget(Workflow.REFERENCE)
        steps = _step_seconds(self.figures.tools[-1].ours) if self.figures.tools else {}
        with _played(steps, SLOWER) as machines:
            for way, sizes in self._sizes.samples.items():
                for samples in sizes:
                    what = f"reference workflow, {samples} samples: {way}"
                    self._tell(what)
                    self._try(what, partial(self._run_reference, machines, way, samples))

    def _run_reference(self, machines: World, way: Way, samples: int) -> None:
        with ways.workplace() as name:
            reference.lay_out(Path(name))
            words = reference.in_the_bucket(Path(name), machines.cloud.storage_url, samples)
            run, id_ = ways.run(way, machines, Path(name), words, (Workflow.REFERENCE, samples))
            seconds = sum(step.wall_seconds for step in ways.steps(machines, id_))
            self._add(msgspec.structs.replace(run, tool_seconds=round(seconds, 1)))

    def _measure_dry_run(self) -> None:
        self._tell(f"dry run of {self._sizes.dry_run_jobs:,} jobs")
        with _played({}) as machines, ways.workplace() as name:
            words = synthetic.write(Path(name), self._sizes.dry_run_jobs)
            what = (Workflow.LIKE_JOBS, self._sizes.dry_run_jobs)
            run, _ = ways.run(Way.ARRAYS, machines, Path(name), ["-n", "-q", *words], what)
        self._note(
            dry_run_jobs=self._sizes.dry_run_jobs,
            dry_run_seconds=run.head.wall_seconds,
            dry_run_cpu_seconds=run.head.cpu_seconds,
        )


@contextmanager
def _played(seconds: Mapping[str, float], times: MachineTimes = PUBLISHED) -> Iterator[World]:
    with tempfile.TemporaryDirectory(prefix="headrace-bench-") as name:
        programs = Path(name)
        with (
            played_world(times, programs) as machines,
            played.playing(machines.cloud.storage_url, times.scale, seconds, programs),
        ):
            yield machines


def _step_seconds(steps: list[Step]) -> dict[str, float]:
    """Return how long a played step takes: on a busy machine, the clock would tell of others."""
    times: dict[str, list[float]] = {}
    for step in steps:
        times.setdefault(step.name, []).append(step.cpu_seconds)
    return {name: sum(all_) / len(all_) for name, all_ in times.items()}


def where() -> Where:
    """Return what this machine is, and what time it is."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    return Where(
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        machine=_processor(),
        cores=os.cpu_count() or 1,
        memory_gib=round(memory, 1),
        load_average=round(os.getloadavg()[1], 1),
        python=platform.python_version(),
        snakemake=version("snakemake"),
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())

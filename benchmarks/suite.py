"""Everything that `make bench` measures, one thing after another on one machine."""

import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from importlib.metadata import version
from pathlib import Path

import msgspec

from benchmarks import (
    arrivals,
    classic,
    environments,
    estimates,
    localcloud,
    played,
    reference,
    staging,
    synthetic,
    tools,
    ways,
)
from benchmarks.environments import CannotInstallError
from benchmarks.heads import HeadFailedError
from benchmarks.played import Parts
from benchmarks.results import Figures, Problem, Run, ToolTimes, Way, Where, Workflow
from benchmarks.sizes import Sizes
from benchmarks.tools import Step
from benchmarks.world import (
    AT_ONCE,
    PUBLISHED,
    ROUND_TRIP,
    SLOWER,
    MachineTimes,
    World,
    played_world,
    world,
)
from examples.local import images
from headrace.errors import HeadraceError

_GIB = 2**30

Tell = Callable[[str], None]


class Part(StrEnum):
    """What can be measured by itself."""

    STAGING = "staging"
    TOOLS = "tools"
    LIKE_JOBS = "like-jobs"
    REFERENCE = "reference"
    DRY_RUN = "dry-run"
    ARRIVALS = "arrivals"
    ESTIMATES = "estimates"
    LOCAL_CLOUD = "localcloud"


class Suite:
    """Measures into `figures`; `keep` is called with each new state, so that nothing is lost."""

    def __init__(
        self, sizes: Sizes, figures: Figures | None, tell: Tell, keep: Callable[[Figures], None]
    ) -> None:
        self._sizes = sizes
        self._tell = tell
        self._keep = keep
        self._part = Part.TOOLS
        self._ways: Collection[Way] = tuple(Way)
        self.figures = figures or Figures(where=where(), times=PUBLISHED)

    def measure(self, parts: Collection[Part], ways: Collection[Way] = tuple(Way)) -> None:
        """Measure these parts, in an order of our own; of workflows, run in these ways only."""
        measures = {
            Part.TOOLS: self._measure_all_tools,  # the first: others need its times
            Part.REFERENCE: self._measure_reference,
            Part.LIKE_JOBS: self._measure_like_jobs,
            Part.DRY_RUN: self._measure_dry_run,
            Part.STAGING: self._measure_staging,
            Part.ARRIVALS: self._measure_arrivals,
            Part.ESTIMATES: self._measure_estimates,
            Part.LOCAL_CLOUD: self._measure_local_cloud,
        }
        self._ways = ways
        kept = [problem for problem in self.figures.problems if problem.part not in parts]
        self._note(where=where(), times=PUBLISHED, problems=kept)
        for self._part, measure in measures.items():
            if self._part in parts:
                self._try(self._part, measure)

    def _note(self, **values: object) -> None:
        self.figures = msgspec.structs.replace(self.figures, **values)
        self._keep(self.figures)

    def _add(self, run: Run) -> None:
        self._note(runs=[*self.figures.runs, run])

    def _forget(self, workflow: Workflow) -> None:
        """Drop the runs that are about to be made again."""
        kept = [
            run
            for run in self.figures.runs
            if run.workflow is not workflow or run.way not in self._ways
        ]
        self._note(runs=kept)

    def _each(self, sizes: Mapping[Way, tuple[int, ...]]) -> Iterator[tuple[Way, int]]:
        for way in (way for way in sizes if way in self._ways):
            for number in sizes[way]:
                yield way, number

    def _try(self, what: str, act: Callable[[], None]) -> None:
        """Measure one thing; what fails is told in the results, and the others go on."""
        self._tell(what)
        try:
            act()
        except (
            CannotInstallError,
            HeadFailedError,
            HeadraceError,
            OSError,
            subprocess.SubprocessError,
        ) as error:
            self._tell(f"{what} failed: {error}")
            problem = Problem(self._part, f"{what}: {str(error).splitlines()[0]}")
            self._note(problems=[*self.figures.problems, problem])

    # In the machine

    def _measure_staging(self) -> None:
        with world(AT_ONCE, images()) as machines:
            endpoint = machines.cloud.storage_url
            self._note(overhead=staging.measure_overhead(endpoint, environments.stage()))
            self._note(transfers=staging.measure_transfers(endpoint, self._sizes.megabytes))
            direct, in_vm = classic.seconds_per_job(machines.cloud)
            self._note(direct_seconds=direct, classic_seconds=in_vm)

    # The tools

    def _measure_all_tools(self) -> None:
        self._note(tools=[])
        for pairs in self._sizes.pairs:
            self._try(f"tools on {pairs:,} pairs", partial(self._measure_tools, pairs))

    def _measure_tools(self, pairs: int) -> None:
        with _folder() as folder:
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

    # Like jobs

    def _measure_like_jobs(self) -> None:
        self._forget(Workflow.LIKE_JOBS)
        near, far = self._sizes.like_jobs, self._sizes.far
        with _played(Parts(PUBLISHED.scale)) as machines:
            for way, jobs in self._each(near):
                act = partial(self._run_like_jobs, machines, way, jobs)
                self._try(f"{jobs:,} like jobs: {way}", act)
            for way, jobs in self._each(far):
                act = partial(self._run_like_jobs, machines, way, jobs, ROUND_TRIP)
                self._try(f"{jobs:,} like jobs, far from Google: {way}", act)

    def _run_like_jobs(self, machines: World, way: Way, jobs: int, round_trip: float = 0.0) -> None:
        with ways.workplace() as name:
            words = synthetic.write(Path(name), jobs)
            what = (Workflow.LIKE_JOBS, jobs)
            if way is Way.LOCAL:
                self._add(ways.run_locally(Path(name), words, what))
                return
            run, _ = ways.run(way, machines, Path(name), words, what, round_trip=round_trip)
            self._add(run)

    # The reference workflow

    def _measure_reference(self) -> None:
        self._forget(Workflow.REFERENCE)
        for way, samples in self._each({Way.LOCAL: self._sizes.local_samples}):
            act = partial(self._run_reference_locally, samples)
            self._try(f"reference workflow, {samples} samples: {way}", act)
        with _played(Parts(SLOWER.scale, self._step_seconds()), SLOWER) as machines:
            for way, samples in self._each(self._sizes.samples):
                act = partial(self._run_reference, machines, way, samples)
                self._try(f"reference workflow, {samples} samples: {way}", act)

    def _step_seconds(self) -> dict[str, float]:
        """Return how long a played step takes: on a busy machine, a clock would tell of others."""
        times: dict[str, list[float]] = {}
        for measured in self.figures.tools:
            if measured.pairs == self._sizes.sample_pairs:
                for step in measured.ours:
                    times.setdefault(step.name, []).append(step.cpu_seconds)
        return {name: sum(all_) / len(all_) for name, all_ in times.items()}

    def _run_reference(self, machines: World, way: Way, samples: int) -> None:
        with _laid_out() as folder:
            if way is Way.CLASSIC:
                reference.need_snakemake(folder)
            words = reference.in_the_bucket(folder, machines.cloud.storage_url, samples)
            run, id_ = ways.run(way, machines, folder, words, (Workflow.REFERENCE, samples))
            seconds = sum(step.wall_seconds for step in ways.steps(machines, id_))
            self._add(msgspec.structs.replace(run, tool_seconds=round(seconds, 1)))

    def _run_reference_locally(self, samples: int) -> None:
        with _laid_out() as folder:
            reads = tools.make_reads(folder / "data", self._sizes.sample_pairs)
            words = reference.on_this_machine(folder, samples, reads)
            self._add(ways.run_locally(folder, words, (Workflow.REFERENCE, samples)))

    # The rest

    def _measure_dry_run(self) -> None:
        with _played(Parts(PUBLISHED.scale)) as machines, ways.workplace() as name:
            words = synthetic.write(Path(name), self._sizes.dry_run_jobs)
            what = (Workflow.LIKE_JOBS, self._sizes.dry_run_jobs)
            run, _ = ways.run(Way.ARRAYS, machines, Path(name), ["-n", "-q", *words], what)
        self._note(
            dry_run_jobs=self._sizes.dry_run_jobs,
            dry_run_seconds=run.head.wall_seconds,
            dry_run_cpu_seconds=run.head.cpu_seconds,
        )

    def _measure_arrivals(self) -> None:
        self._note(arrivals=arrivals.measure(self._sizes.event_seconds, self._sizes.cold_starts))

    def _measure_estimates(self) -> None:
        self._note(estimates=estimates.measure(self._sizes.estimated_runs))

    def _measure_local_cloud(self) -> None:
        self._note(local_cloud=localcloud.measure())


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="headrace-bench-") as name:
        yield Path(name)


@contextmanager
def _laid_out() -> Iterator[Path]:
    with ways.workplace() as name:
        reference.lay_out(Path(name))
        yield Path(name)


@contextmanager
def _played(parts: Parts, times: MachineTimes = PUBLISHED) -> Iterator[World]:
    with (
        _folder() as programs,
        played_world(times, programs) as machines,
        played.playing(machines.cloud.storage_url, parts, programs),
    ):
        yield machines


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

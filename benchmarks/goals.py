"""The key figures, and what they are held to."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.results import Figures, Run, Way, Workflow

DEMO_BATCH = 1_000
LARGE = 5_000
SAMPLES = 10


@dataclass(frozen=True)
class Goal:
    """A key figure: its name, what it says, and the most that it may be, or the least."""

    name: str
    text: str
    bound: float
    value: Callable[[Figures], float | None]
    at_least: bool = False

    def is_met(self, value: float) -> bool:
        """Tell whether a measured value keeps the bound."""
        return value >= self.bound if self.at_least else value <= self.bound


def key_figures(figures: Figures) -> dict[str, float | None]:
    """Return all key figures by name; None for what was not measured."""
    name, value = HEAD_CPU
    return {**{goal.name: goal.value(figures) for goal in GOALS}, name: value(figures)}


def _arrays(figures: Figures, size: int) -> Run | None:
    return figures.run(Workflow.LIKE_JOBS, size, Way.ARRAYS)


def _storage_requests(way: Way) -> Callable[[Figures], float | None]:
    def value(figures: Figures) -> float | None:
        run = figures.run(Workflow.LIKE_JOBS, DEMO_BATCH, way)
        return sum(run.storage_requests.values()) if run else None

    return value


def _calls_per_job(figures: Figures) -> float | None:
    run = _arrays(figures, DEMO_BATCH)
    return round(sum(run.api_calls.values()) / DEMO_BATCH, 3) if run else None


def _create_calls(figures: Figures) -> float | None:
    run = _arrays(figures, DEMO_BATCH)
    return run.api_calls.get("batch.jobs.create", 0) if run else None


def _over_ideal(figures: Figures) -> float | None:
    run = figures.run(Workflow.REFERENCE, SAMPLES, Way.FUSED)
    if run is None or run.machines is None:
        return None
    ideal = run.tool_seconds + run.machines.boots * figures.times.boot
    return round(run.machines.billed_seconds / ideal, 2)


def _fused_over_unfused(figures: Figures) -> float | None:
    both = [figures.run(Workflow.REFERENCE, SAMPLES, way) for way in (Way.FUSED, Way.DIRECT)]
    seconds = [run.machines.billed_seconds for run in both if run and run.machines]
    return round(seconds[0] / seconds[1], 2) if len(seconds) == len(both) else None


def _wall_over_public(*, far: bool) -> Callable[[Figures], float | None]:
    def value(figures: Figures) -> float | None:
        ways = (Way.ARRAYS, Way.PUBLIC)
        runs = [figures.run(Workflow.LIKE_JOBS, DEMO_BATCH, way, far=far) for way in ways]
        seconds = [run.head.wall_seconds for run in runs if run]
        return round(seconds[0] / seconds[1], 3) if len(seconds) == len(ways) else None

    return value


def _overhead(figures: Figures) -> float | None:
    return round(figures.overhead.total, 3) if figures.overhead else None


def _rss(figures: Figures) -> float | None:
    run = _arrays(figures, LARGE)
    return run.head.rss_mb if run else None


def _cpu_per_job(figures: Figures) -> float | None:
    run = _arrays(figures, LARGE)
    return round(1000 * run.head.cpu_seconds / LARGE, 1) if run else None


def _dry_run(figures: Figures) -> float | None:
    return figures.dry_run_seconds if figures.dry_run_jobs == LARGE else None


def _tool_ratio(figures: Figures) -> float | None:
    return figures.tools[-1].ratio if figures.tools else None


def _cold_start(figures: Figures) -> float | None:
    return round(statistics.median(figures.arrivals.cold), 2) if figures.arrivals else None


def _event_p99(figures: Figures) -> float | None:
    return figures.arrivals.p99 if figures.arrivals else None


def _estimate_error(figures: Figures) -> float | None:
    return round(figures.estimates.median, 3) if figures.estimates else None


def _creations(figures: Figures) -> float | None:
    return figures.local_cloud.creations if figures.local_cloud else None


def _page(figures: Figures) -> float | None:
    return figures.local_cloud.page if figures.local_cloud else None


def _cloud_memory(figures: Figures) -> float | None:
    return figures.local_cloud.memory if figures.local_cloud else None


GOALS = (
    Goal(
        "head_storage_requests_1000",
        "requests of the head to Cloud Storage, 1,000 like jobs, arrays",
        103,
        _storage_requests(Way.ARRAYS),
    ),
    Goal(
        "head_storage_requests_1000_direct",
        "the same, a VM per job",
        103,
        _storage_requests(Way.DIRECT),
    ),
    Goal(
        "head_storage_requests_1000_lifesciences",
        "the same, Life Sciences",
        103,
        _storage_requests(Way.LIFE_SCIENCES),
    ),
    Goal(
        "api_calls_per_job_1000",
        "calls of the job service for a job, 1,000 like jobs, arrays",
        0.1,
        _calls_per_job,
    ),
    Goal("create_calls_1000", "calls that create jobs, 1,000 like jobs, arrays", 10, _create_calls),
    Goal(
        "head_wall_over_public_1000",
        "wall time for 1,000 like jobs, arrays, over the public plugins', requests 20 ms away",
        0.2,
        _wall_over_public(far=True),
    ),
    Goal(
        "head_wall_over_public_1000_loopback",
        "the same with servers on this machine",
        0.2,
        _wall_over_public(far=False),
    ),
    Goal(
        "vm_seconds_over_ideal_fused",
        "billed VM seconds over tool seconds and one boot of each VM, reference workflow, "
        "10 samples, fused",
        1.3,
        _over_ideal,
    ),
    Goal(
        "vm_seconds_fused_over_unfused",
        "billed VM seconds, fused over a VM per job, reference workflow, 10 samples",
        0.25,
        _fused_over_unfused,
    ),
    Goal(
        "overhead_seconds_per_job",
        "seconds in the VM for a job that does nothing, transfers of its small files included",
        0.2,
        _overhead,
    ),
    Goal("head_rss_mb_5000", "MiB of the head's memory, 5,000 jobs, arrays", 1024, _rss),
    Goal("dry_run_seconds_5000", "seconds for `snakemake -n` of 5,000 jobs", 20, _dry_run),
    Goal(
        "tool_cpu_over_usual",
        "CPU seconds of the reference workflow's tools over the usual chain's",
        0.5,
        _tool_ratio,
    ),
    Goal("cold_start_seconds", "start of the function to its first answer", 1.5, _cold_start),
    Goal("event_p99_seconds", "an upload's event to its submitted run, p99", 1.0, _event_p99),
    Goal(
        "estimate_error",
        "error of the estimate, as a part of the bill, median after a first run",
        0.25,
        _estimate_error,
    ),
    Goal("creations_per_second", "the local cloud: jobs created", 200, _creations, at_least=True),
    Goal("list_page_ms", "the local cloud: milliseconds for a page of 1,000 jobs", 100, _page),
    Goal("local_cloud_gib", "the local cloud: GiB with 20,000 jobs", 1.0, _cloud_memory),
)

HEAD_CPU = ("head_cpu_ms_per_job_5000", _cpu_per_job)
"""A figure that is stated and held to nothing."""

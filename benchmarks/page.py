"""The page docs/performance.md and its pictures, made of the results and nothing else."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from benchmarks.arrivals import ArrivalFigures
from benchmarks.estimates import EstimateFigures
from benchmarks.goals import GOALS, HEAD_CPU
from benchmarks.plots import bars, lines, number
from benchmarks.results import Figures, Results, Run, ToolTimes, Way, Workflow
from benchmarks.texts import (
    ABOUT_ARRIVALS,
    ABOUT_ESTIMATES,
    ABOUT_FAR,
    ABOUT_GROWTH,
    ABOUT_LIKE_JOBS,
    ABOUT_REFERENCE,
    ABOUT_STAGING,
    ABOUT_TOOLS,
    HEAD,
    METHOD,
    WHY_MISSED,
)

NAME = "performance.md"
NOTHING = "-"
"""In a cell without a figure."""

_OF_HEADS = ("way", "wall s", "head CPU s", "head MiB", "API calls", "storage requests")
_OF_MACHINES = ("VM boots", "billed VM s", "tool s", "USD")
_PICTURES = "pictures"
_SHORT = {"batch.jobs.": "", "batch.tasks.list": "tasks.list", "lifesciences.": ""}


def write(results: Results, docs: Path) -> None:
    """Write the page and its pictures below a folder."""
    (docs / _PICTURES).mkdir(parents=True, exist_ok=True)
    for name, picture in _pictures(results.figures).items():
        (docs / _PICTURES / name).write_text(picture)
    (docs / NAME).write_text(page(results))


def page(results: Results) -> str:
    """Return the page's text."""
    figures = results.figures
    pictures = _pictures(figures)
    sections = (
        HEAD,
        _where(figures),
        "## Goals",
        _goals(results),
        "## Like jobs",
        ABOUT_LIKE_JOBS.format(times=figures.times),
        _runs(figures, Workflow.LIKE_JOBS, ("jobs", *_OF_HEADS, "VM boots")),
        ABOUT_GROWTH,
        _growth(figures),
        ABOUT_FAR,
        _runs(figures, Workflow.LIKE_JOBS, ("jobs", *_OF_HEADS[:3]), far=True),
        *_shown(pictures, "bench-growth.svg", "Wall time over the number of jobs"),
        *_shown(pictures, "bench-requests.svg", "Requests of the head"),
        "## The reference workflow",
        ABOUT_REFERENCE,
        _runs(figures, Workflow.REFERENCE, ("samples", *_OF_HEADS, *_OF_MACHINES)),
        *_shown(pictures, "bench-machines.svg", "Billed seconds of machines"),
        "## In the machine",
        ABOUT_STAGING,
        _staging(figures),
        "## The tools themselves",
        ABOUT_TOOLS,
        _tools(figures.tools),
        "## From upload to run",
        ABOUT_ARRIVALS,
        _arrivals(figures.arrivals),
        "## Estimates",
        ABOUT_ESTIMATES,
        _estimates(figures.estimates),
        METHOD.format(times=figures.times),
    )
    return "\n\n".join(section.strip() for section in sections if section) + "\n"


def _where(figures: Figures) -> str:
    place = figures.where
    words = (
        f"{place.date}: {place.cores} cores of {place.machine}, {place.memory_gib:g} GiB, shared; "
        f"load average at the start {place.load_average:g}. Python {place.python}, Snakemake "
        f"{place.snakemake}."
    )
    problems = [f"- Not measured: {problem.text}" for problem in figures.problems]
    return "\n".join([words, *([""] if problems else []), *problems])


def _goals(results: Results) -> str:
    rows = []
    for goal in GOALS:
        value = results.key_figures.get(goal.name)
        if value is None:
            verdict = "not measured"
        elif goal.is_met(value):
            verdict = "met"
        else:
            by = number(abs(value - goal.bound))
            verdict = f"missed by {by}: {WHY_MISSED.get(goal.name, '')}"
        shown = NOTHING if value is None else number(value)
        bound = f"{'≥' if goal.at_least else '≤'} {number(goal.bound)}"
        rows.append((f"`{goal.name}`", goal.text, shown, bound, verdict))
    name, _ = HEAD_CPU
    cpu = results.key_figures.get(name)
    if cpu is not None:
        rows.append((f"`{name}`", "CPU of the head, milliseconds a job", number(cpu), NOTHING, ""))
    return _table(("key", "what", "measured", "goal", ""), rows)


def _runs(
    figures: Figures, workflow: Workflow, columns: Sequence[str], *, far: bool = False
) -> str:
    runs = [run for run in figures.runs if run.workflow is workflow and _is_far(run) is far]
    runs.sort(key=lambda run: (run.size, list(Way).index(run.way)))
    return _table(columns, [_row(run)[: len(columns)] for run in runs])


def _growth(figures: Figures) -> str:
    runs = [run for run in figures.runs if run.workflow is Workflow.LIKE_JOBS and not _is_far(run)]
    runs.sort(key=lambda run: (list(Way).index(run.way), run.size))
    rows = []
    for run in runs:
        calls, requests = sum(run.api_calls.values()), sum(run.storage_requests.values())
        each = (1000 * run.head.wall_seconds, 1000 * run.head.cpu_seconds, calls, requests)
        cells = [number(value / run.size) if value else NOTHING for value in each]
        rows.append((run.way.value, f"{run.size:,}", *cells, number(run.head.rss_mb)))
    heads = ("way", "jobs", "wall ms", "head CPU ms", "API calls", "storage requests")
    return _table((*heads, "head MiB, in all"), rows)


def _row(run: Run) -> tuple[str, ...]:
    machines = run.machines if run.way is not Way.LOCAL else None
    costs = (NOTHING,) * 4
    if machines is not None:
        tool = number(run.tool_seconds) if run.tool_seconds else "0"
        billed = number(machines.billed_seconds)
        costs = (str(machines.boots), billed, tool, f"{machines.usd:.3f}")
    return (
        f"{run.size:,}",
        run.way.value,
        number(run.head.wall_seconds),
        number(run.head.cpu_seconds),
        number(run.head.rss_mb),
        _counts(run.api_calls),
        _counts(run.storage_requests),
        *costs,
    )


def _counts(counts: dict[str, int]) -> str:
    if not counts:
        return NOTHING
    parts = ", ".join(f"{_short(name)} {count:,}" for name, count in counts.items())
    return f"{sum(counts.values()):,} ({parts})"


def _short(name: str) -> str:
    for long, short in _SHORT.items():
        name = name.replace(long, short)
    return name


def _staging(figures: Figures) -> str:
    overhead, moved = figures.overhead, figures.transfers
    if overhead is None or moved is None:
        return "Not measured."
    rows = [
        ("stage-in, seconds, median", f"{overhead.stage_in:.3f}"),
        ("the step's script around `touch`", f"{overhead.step:.3f}"),
        ("stage-out", f"{overhead.stage_out:.3f}"),
        ("all three, the fastest round", f"{overhead.least:.3f}"),
        ("CPU seconds of all three, median", f"{overhead.cpu:.3f}"),
        (f"{moved.megabytes:,} MB in, MB/s", number(moved.stage_in)),
        ("the server's own rate, sending", number(moved.server_down)),
        (f"{moved.megabytes:,} MB out, MB/s", number(moved.stage_out)),
        ("the server's own rate, receiving", number(moved.server_up)),
        ("the disk's own rate, with fsync", number(moved.disk)),
        ("memory of staging at most, MiB", number(moved.rss_mb)),
        ("a trivial job after another, directly, seconds", f"{figures.direct_seconds:.2f}"),
        ("the same with Snakemake in its VM", f"{figures.classic_seconds:.2f}"),
    ]
    if figures.dry_run_jobs:
        dry = f"`snakemake -n` of {figures.dry_run_jobs:,} jobs, seconds"
        rows.append((dry, f"{figures.dry_run_seconds:.1f}"))
        rows.append(("CPU seconds of the same", f"{figures.dry_run_cpu_seconds:.1f}"))
    return _table(("what", "measured"), rows)


def _tools(measured: Sequence[ToolTimes]) -> str:
    rows = []
    for one in measured:
        for name, steps in (("reference workflow", one.ours), ("usual chain", one.usual)):
            if steps:
                wall = sum(step.wall_seconds for step in steps)
                cpu = sum(step.cpu_seconds for step in steps)
                largest = sorted(steps, key=lambda step: -step.cpu_seconds)[:5]
                told = ", ".join(f"{step.name} {step.cpu_seconds:.1f}" for step in largest)
                rows.append((f"{one.pairs:,}", name, number(cpu), number(wall), told))
        if one.ratio is not None:
            rows.append((f"{one.pairs:,}", "**ratio**", f"**{one.ratio:.2f}**", "", ""))
    return _table(("pairs", "chain", "CPU s", "wall s, summed", "largest, CPU s"), rows)


def _arrivals(measured: ArrivalFigures | None) -> str:
    if measured is None:
        return "Not measured."
    cold = f"{min(measured.cold):.2f} to {max(measured.cold):.2f}"
    sent = f"{measured.sent} events at {measured.per_second} a second"
    rows = [
        (f"process start to first answer, {len(measured.cold)} times", cold),
        (f"{sent}: runs started", str(measured.started)),
        ("event to submission, median", f"{measured.median:.3f}"),
        ("p99", f"{measured.p99:.3f}"),
        ("worst", f"{measured.worst:.3f}"),
    ]
    return _table(("what", "seconds"), rows)


def _estimates(measured: EstimateFigures | None) -> str:
    if measured is None:
        return "Not measured."
    errors = [f"{error:.0%}" for error in measured.errors]
    later = len(errors) - 1
    return (
        f"Off the bill, run after run: {', '.join(errors)}. Median without the first: "
        f"{measured.median:.0%}; the bill was inside the band in {measured.inside} of {later}."
    )


def _is_far(run: Run) -> bool:
    return run.round_trip > 0


def _pictures(figures: Figures) -> dict[str, str]:
    like = [run for run in figures.runs if run.workflow is Workflow.LIKE_JOBS and not _is_far(run)]
    reference = [run for run in figures.runs if run.workflow is Workflow.REFERENCE]
    found = {}
    if len({run.size for run in like}) > 1:
        found["bench-growth.svg"] = lines(
            "Wall time of like jobs",
            "jobs",
            "seconds",
            _series(like, lambda run: run.head.wall_seconds),
        )
    if like:
        sizes = sorted({run.size for run in like})
        found["bench-requests.svg"] = bars(
            "Requests of the head",
            "API calls and storage requests",
            {f"{size:,} like jobs": _by_way(like, size, _requests) for size in sizes},
        )
    if reference:
        sizes = sorted({run.size for run in reference})
        found["bench-machines.svg"] = bars(
            "Billed seconds of machines, reference workflow",
            "the cloud's seconds",
            {f"samples: {size:,}": _by_way(reference, size, _billed) for size in sizes},
        )
    return found


def _requests(run: Run) -> float:
    return sum(run.api_calls.values()) + sum(run.storage_requests.values())


def _billed(run: Run) -> float:
    return run.machines.billed_seconds if run.machines else 0.0


def _by_way(runs: Iterable[Run], size: int, value: Callable[[Run], float]) -> dict[str, float]:
    return {
        run.way.value: value(run) for run in runs if run.size == size and run.way is not Way.LOCAL
    }


def _series(
    runs: Iterable[Run], value: Callable[[Run], float]
) -> dict[str, list[tuple[float, float]]]:
    series: dict[str, list[tuple[float, float]]] = {}
    for run in sorted(runs, key=lambda run: run.size):
        series.setdefault(run.way.value, []).append((run.size, value(run)))
    return series


def _shown(pictures: dict[str, str], name: str, title: str) -> list[str]:
    return [f"![{title}]({_PICTURES}/{name})"] if name in pictures else []


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines_ = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines_)

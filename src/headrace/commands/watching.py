"""A live view of runs: on a terminal drawn over itself, elsewhere a line for each change.

On a terminal each run has its row, and below it the rules at work with a bar each. A failure is
told once and stays: rule, sample, reason, last log lines, where to look.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from headrace.commands import output
from headrace.commands.run_words import COLUMNS, row
from headrace.runs import ending
from headrace.runs.listing import Run
from headrace.runs.status import BEAT_SECONDS, RuleProgress, RunError, RunStatus

if TYPE_CHECKING:
    from rich.live import Live

MAX_RULES = 12
"""Most rules that a run is shown with: those at work first, then those still to come."""

SILENT_SECONDS = 5 * BEAT_SECONDS

_BAR = 20
_TIME = COLUMNS.index("time")


class View(Protocol):
    """A place where runs are shown, again and again."""

    def show(self, runs: Sequence[Run], now: datetime) -> None:
        """Show the runs as they are now."""


@contextmanager
def view() -> Iterator[View]:
    """Open the kind of view that fits standard output."""
    if not output.on_terminal():
        yield _Lines()
        return
    from rich.live import Live  # noqa: PLC0415 - not on every machine

    with Live(auto_refresh=False, vertical_overflow="crop") as live:
        yield _Picture(live)


def failures(run: Run) -> list[tuple[str, list[str]]]:
    """Return what went wrong in a run, each with a key that tells it apart, in lines."""
    status = run.status
    errors = status.errors if status is not None else ()
    return [(_key(run, error), told(error, f"{run.run_id}: ")) for error in errors]


def silence(run: Run, now: datetime) -> str:
    """Return a sentence about a run whose head gives no sign of life, else nothing."""
    if run.state.ended or run.status is None:
        return ""
    if (now - run.last_heard).total_seconds() < SILENT_SECONDS:
        return ""
    since = f"{run.run_id}: no sign of life since {run.last_heard:%Y-%m-%d %H:%M:%S %Z}."
    if run.request is not None:
        return f"{since} 'headrace sweep' starts its controller again; nothing done is lost."
    return f"{since} Type its snakemake command again with HEADRACE_RUN={run.run_id}."


def rules_shown(status: RunStatus) -> list[tuple[str, RuleProgress, int]]:
    """Return the rules worth a bar, with how many of their jobs run now."""
    running = dict.fromkeys(status.rules, 0)
    for job in status.running:
        running[job.rule] = running.get(job.rule, 0) + 1
    at_work = [rule for rule in status.rules if running[rule] or status.rules[rule].failed]
    begun = [rule for rule, p in status.rules.items() if 0 < p.done < p.total]
    waiting = [rule for rule, p in status.rules.items() if not p.done]
    chosen = list(dict.fromkeys([*at_work, *begun, *waiting]))[:MAX_RULES]
    return [(rule, status.rules[rule], running[rule]) for rule in chosen]


class _Lines:
    """Writes a run's row when it differs from what was written last, and each failure once."""

    def __init__(self) -> None:
        self._rows: dict[str, list[str]] = {}
        self._seen: set[str] = set()

    def show(self, runs: Sequence[Run], now: datetime) -> None:
        """See `View.show`."""
        for run in runs:
            cells = row(run, now)
            lasting = [*cells[:_TIME], *cells[_TIME + 1 :]]
            if self._rows.get(run.run_id) != lasting:
                self._rows[run.run_id] = lasting
                output.say("\t".join(cells))
            for line in _news(run, now, self._seen):
                output.say(line)


class _Picture:
    """Draws rows and bars over themselves; failures are written above and stay."""

    def __init__(self, live: "Live") -> None:
        self._live = live
        self._seen: set[str] = set()

    def show(self, runs: Sequence[Run], now: datetime) -> None:
        """See `View.show`."""
        from rich.console import Group  # noqa: PLC0415 - see above
        from rich.text import Text  # noqa: PLC0415

        for run in runs:
            for line in _news(run, now, self._seen):
                self._live.console.print(Text(line, style="" if line.startswith("  ") else "red"))
        parts: list[Any] = [output.table(COLUMNS, [row(run, now) for run in runs])]
        parts += [bars(run.status) for run in runs if run.status and not run.state.ended]
        self._live.update(Group(*parts), refresh=True)


def bars(status: RunStatus) -> Any:
    """Return a table with a bar for each rule of a run that is worth one, and one for all jobs."""
    from rich.progress_bar import ProgressBar  # noqa: PLC0415 - see above
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    made = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
    whole = RuleProgress(total=status.jobs_total, done=status.jobs_done, failed=status.jobs_failed)
    rows = [(status.run_id, whole, status.jobs_running)]
    rows += [(f"  {rule}", progress, running) for rule, progress, running in rules_shown(status)]
    for name, progress, running in rows:
        bar = ProgressBar(total=max(1, progress.total), completed=progress.done, width=_BAR)
        failed = f"[red]{progress.failed} failed[/red]" if progress.failed else ""
        now = f"[cyan]{running} running[/cyan]" if running else ""
        made.add_row(Text(name), bar, f"{progress.done}/{progress.total}", now, failed)
    return made


def _news(run: Run, now: datetime, seen: set[str]) -> Iterator[str]:
    """Yield lines about what has not been told of a run, and remember that it has."""
    news = failures(run)
    silent = silence(run, now)
    news += [(silent, [silent])] if silent else []
    for key, lines in news:
        if key not in seen:
            seen.add(key)
            yield from lines


def _key(run: Run, error: RunError) -> str:
    return f"{run.run_id} {error.rule} {sorted(error.wildcards.items())} {error.message}"


def told(error: RunError, before: str = "") -> list[str]:
    """Return an error in lines: which job, why, its last log lines, where its log is."""
    what = ending.describe(error.rule, error.wildcards) if error.rule else "the run"
    first, *last_lines = error.message.strip().splitlines() or ["no reason was given"]
    lines = [f"{before}{what} failed: {first}", *(f"  {line}" for line in last_lines)]
    return [*lines, f"  its log: {error.log}"] if error.log else lines

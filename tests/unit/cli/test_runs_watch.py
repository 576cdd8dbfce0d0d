"""Watching runs: rows, bars and failures on a terminal, a line for each change elsewhere."""

import io
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from msgspec import structs
from rich.console import Console
from rich.live import Live

from headrace.commands import runs_watch, watching
from headrace.runs import listing
from headrace.runs.listing import Run
from headrace.runs.records import Grade
from headrace.runs.status import RuleProgress, RunError
from tests.unit.cli.results import NOW, Results

FAILED = RunError(
    rule="align",
    wildcards={"sample": "s2"},
    message="Step 'align' ended with exit code 137.\n    Killed\n  Whole log: gs://r/w/a.log\n ",
    log="gs://results/runs/r/logs/align/s2.log",
)


def lines(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    return [line.split("\t") for line in capsys.readouterr().out.splitlines()]


def going_on(results: Results) -> Run:
    """Return a run in which a job failed and others run."""
    results.submit("r")
    results.progress("r")
    run = listing.read_run(results.store, "results", "r")
    assert run.status is not None
    rules = {
        "trim": RuleProgress(total=4, done=4),
        "align": RuleProgress(total=4, done=2, failed=1),
        "call": RuleProgress(total=4),
    }
    status = structs.replace(run.status, rules=rules, errors=(FAILED,))
    return Run("r", run.request, status, None, None)


def test_watching_shows_each_change_once_and_ends_with_the_run(
    results: Results, capsys: pytest.CaptureFixture[str]
) -> None:
    results.submit("r")
    steps: Iterator[Callable[[], None]] = iter(
        [
            lambda: None,
            lambda: results.progress("r"),
            lambda: None,
            lambda: results.succeed("r", Grade.PASS),
        ]
    )
    code = runs_watch.watch(
        results.store, "results", [], sleep=lambda _: next(steps)(), clock=lambda: NOW
    )
    assert code == 0
    assert [row[2] for row in lines(capsys)] == ["submitted", "running", "succeeded"]


def test_watching_waits_a_moment_for_the_run_of_a_fresh_upload(results: Results) -> None:
    steps: Iterator[Callable[[], None]] = iter(
        [lambda: results.submit("r"), lambda: results.succeed("r")]
    )
    assert runs_watch.watch(results.store, "results", [], sleep=lambda _: next(steps)()) == 0
    assert next(steps, None) is None


def test_watching_a_run_that_fails_is_a_failure(results: Results) -> None:
    results.submit("r")
    results.fail("r")
    assert runs_watch.watch(results.store, "results", ["r"]) == 1


def test_watching_nothing_says_so(results: Results, capsys: pytest.CaptureFixture[str]) -> None:
    results.submit("r")
    results.succeed("r")
    assert runs_watch.watch(results.store, "results", [], sleep=lambda _: None) == 0
    assert capsys.readouterr().out == "No run is going on.\n"


def test_elsewhere_a_failure_is_told_once_with_its_last_lines_and_its_log(
    results: Results, capsys: pytest.CaptureFixture[str]
) -> None:
    run = going_on(results)
    with watching.view() as view:
        view.show([run], NOW)
        view.show([run], NOW + timedelta(seconds=5))
    told = [line for (line, *rest) in lines(capsys) if not rest]
    assert told == [
        "r: align (sample=s2) failed: Step 'align' ended with exit code 137.",
        "      Killed",
        "    Whole log: gs://r/w/a.log",
        "  its log: gs://results/runs/r/logs/align/s2.log",
    ]


def test_a_silent_head_is_told_of_with_what_to_do(
    results: Results, capsys: pytest.CaptureFixture[str]
) -> None:
    run = going_on(results)
    later = NOW + timedelta(minutes=6)
    assert watching.silence(run, NOW) == ""
    assert "no sign of life since 2026-01-01 12:00:00 UTC. 'headrace sweep'" in watching.silence(
        run, later
    )
    by_hand = Run("r", None, run.status, None, None)
    assert "HEADRACE_RUN=r" in watching.silence(by_hand, later)
    with watching.view() as view:
        view.show([run], later)
        view.show([run], later + timedelta(seconds=2))
    assert capsys.readouterr().out.count("no sign of life") == 1


def test_on_a_terminal_rules_at_work_have_bars_and_failures_stay(results: Results) -> None:
    screen = io.StringIO()
    console = Console(file=screen, width=120, force_terminal=True, color_system=None)
    with Live(auto_refresh=False, console=console) as live:
        watching._Picture(live).show([going_on(results)], NOW)
    shown = screen.getvalue()
    assert "r: align (sample=s2) failed: Step 'align' ended with exit code 137." in shown
    *_, align = (line for line in shown.splitlines() if line.strip().startswith("align"))
    assert align.split()[-5:] == ["2/4", "1", "running", "1", "failed"]
    assert "call" in shown
    assert not any(line.strip().startswith("trim") for line in shown.splitlines()), "it is done"


def test_of_many_rules_those_at_work_are_shown(results: Results) -> None:
    many = {f"rule{n:02}": RuleProgress(total=2, done=n % 3) for n in range(40)}
    status = going_on(results).status
    assert status is not None
    shown = watching.rules_shown(structs.replace(status, rules=many, running=()))
    assert len(shown) == watching.MAX_RULES
    assert all(progress.done == 1 for _, progress, _ in shown)

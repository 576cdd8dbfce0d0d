"""A plan as people read it: tables, a picture, and a file of groups."""

import argparse
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import yaml

from headrace import dryrun
from headrace.commands import output, place
from headrace.commands.cost import money
from headrace.commands.run_words import duration
from headrace.commands.topics import settings_of
from headrace.errors import InputError, SettingsError, StorageError
from headrace.money import memory
from headrace.planning import groupfile, report
from headrace.planning.assumptions import PUBLISHED, READ
from headrace.planning.durations import expected
from headrace.planning.graph import PlannedWorkflow
from headrace.planning.history import RunHistory
from headrace.planning.picture import scene
from headrace.planning.report import Outlook, Planned, Report
from headrace.planning.simulation import Quota
from headrace.planning.svg import draw
from headrace.records import encode_json

_CURRENCY = "USD"
_LONGEST_PATH = 16
"""Jobs of a critical path that are named; of longer ones, the first and the last."""


def make(options: argparse.Namespace, profile: str) -> None:
    """Ask Snakemake, plan, and show or write what the options ask for.

    Raises:
        WorkflowError: Snakemake cannot make sense of the workflow.
        InputError, JobRefusedError: a job fits no machine, or not the quota.
    """
    if output.on_terminal():
        sys.stderr.write("Asking Snakemake what it would do ...\n")
    workflow = dryrun.plan(
        ["--profile", profile, "--lifesciences-fuse", "off", *options.arguments], Path()
    )
    seconds, source = expected(workflow, _former_runs(options))
    made = report.plan(
        workflow,
        seconds,
        source,
        assumptions=PUBLISHED,
        quota=Quota(vms=options.vms or workflow.at_once, cpus=options.cpus),
    )
    if options.svg is not None:
        _write(options.svg, picture(workflow, made))
    if options.write is not None:
        _write(options.write, group_text(workflow, made))
    if options.json:
        output.say(encode_json(made.report).decode().rstrip())
    else:
        show(made.report)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}.") from error


def _former_runs(options: argparse.Namespace) -> list[RunHistory]:
    """Return what the installation remembers; nothing where there is none, or out of reach."""
    try:
        settings = settings_of(options)
        return memory.recall(place.store(settings), settings.results)
    except (SettingsError, StorageError):
        return []


def picture(workflow: PlannedWorkflow, made: Planned) -> str:
    """Return the fused run as SVG."""
    apart, fused = made.report.outlooks[:2]
    title = f"{made.report.jobs - made.report.jobs_on_head} jobs on {fused.machines} machines"
    alone = f"{apart.machines} machines, {_money(apart.cost)}, {_span(apart.makespan)}"
    notes = [
        f"{_money(fused.cost)}, {_span(fused.makespan)}; with each job on its own: {alone}.",
        "A coloured field is a machine; the heavy line is what the end waits for.",
    ]
    return draw(scene(workflow, made.simulation), title, notes)


def group_text(workflow: PlannedWorkflow, made: Planned) -> str:
    """Return the file of groups."""
    file = groupfile.of_proposal(workflow, made.proposal)
    head = (
        "# Which rules share a machine, as 'headrace plan' proposed it.\n"
        "# Apply it with the setting fuse (HEADRACE_FUSE=this file). Rules of one name share.\n"
    )
    return head + yaml.safe_dump({"groups": file.groups}, sort_keys=False)


def show(made: Report) -> None:
    """Show the report to a person."""
    if made.jobs == made.jobs_on_head:
        output.say("Nothing to be done on a machine.")
        return
    output.say(
        f"{made.jobs} jobs of {made.rules} rules, {made.jobs_on_head} of them on the head. "
        f"The commands of the others take {_span(made.tool_seconds)} in all, {made.source}."
    )
    if made.unsized:
        output.say(f"{made.unsized} input files of unknown size count as nothing.")
    output.say()
    output.show_table(
        ("plan", "machines", "calls", "paid time", "cost", "wall", "saves", "sooner by"),
        [_row(one, made.outlooks[0]) for one in made.outlooks],
    )
    output.say()
    _show_sharing(made)
    _show_keeping(made)
    for one in made.outlooks[:2]:
        output.say(f"Critical path, {one.name}: {_path(one.critical_path)}")
    output.say(
        f"How long machines boot, pull and move files was published until {READ:%B %Y}, and prices "
        "are list prices: docs/planning.md."
    )


def _row(one: Outlook, apart: Outlook) -> tuple[str, ...]:
    sooner = apart.makespan - one.makespan
    return (
        one.name,
        str(one.machines),
        str(one.submissions),
        _span(one.machine_seconds),
        _money(one.cost),
        _span(one.makespan),
        "" if one is apart else _money(apart.cost - one.cost),
        "" if one is apart else _signed(sooner),
    )


def _show_sharing(made: Report) -> None:
    if not made.sharing:
        output.say("No jobs should share a machine.")
        output.say()
        return
    rows = [
        (
            " → ".join(one.rules),
            str(one.machines),
            one.machine,
            str(one.jobs - one.machines),
            _money(one.cost_apart - one.cost),
        )
        for one in made.sharing
    ]
    output.show_table(("share a machine", "machines", "of type", "boots saved", "saves"), rows)
    output.say()
    output.say("Apply it with HEADRACE_FUSE=auto, or --write it to a file and name that.")
    output.say()


def _show_keeping(made: Report) -> None:
    if made.keeping:
        rows = [(one.rule, str(one.jobs), one.reason) for one in made.keeping]
        output.show_table(("stays apart", "jobs", "why"), rows)
        output.say()


def _path(names: Iterable[str]) -> str:
    """Return a path of jobs, its middle left out if it is long."""
    jobs = list(names)
    if len(jobs) > _LONGEST_PATH:
        jobs = [*jobs[: _LONGEST_PATH // 2], "…", *jobs[-_LONGEST_PATH // 2 :]]
    return " → ".join(jobs)


def _money(amount: float) -> str:
    return money(amount, _CURRENCY)


def _span(seconds: float) -> str:
    return duration(timedelta(seconds=round(seconds)))


def _signed(seconds: float) -> str:
    return _span(seconds) if seconds >= 0 else f"-{_span(-seconds)}"

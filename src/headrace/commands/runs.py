"""`headrace runs`: what ran, what is running, and what came of it."""

import argparse
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from headrace.commands import output, place, progress
from headrace.commands.topics import Topics, settings_of
from headrace.records import encode_json
from headrace.runs import ending, listing
from headrace.runs.listing import Run, State
from headrace.runs.records import Grade, run_folder, schemas
from headrace.runs.store import Store

COLUMNS = ["run", "upload", "state", "jobs", "time", "verdict"]
POLL_SECONDS = 2.0

_MAX_NAMED = 3
_LOOKS_FOR_RUNS = 4


def add(topics: Topics) -> None:
    """Add `headrace runs list|show|watch|schema`."""
    commands = topics.add_parser("runs", help="look at runs").add_subparsers(required=True)
    commands.add_parser("list", help="all runs, the latest first").set_defaults(command=_list)
    shown = commands.add_parser("show", help="one run: its input, its state, its results")
    shown.add_argument("run", metavar="RUN")
    shown.set_defaults(command=_show)
    watched = commands.add_parser("watch", help="progress until runs have ended")
    watched.add_argument("runs", nargs="*", metavar="RUN", help="all that are going on if none")
    watched.set_defaults(command=_watch)
    schema = commands.add_parser("schema", help="the JSON Schema of a document in a run's folder")
    schema.add_argument("document", choices=list(schemas()), help="which document")
    schema.set_defaults(command=_show_schema)


def _list(options: argparse.Namespace) -> None:
    settings = settings_of(options)
    show_list(place.store(settings), settings.results)


def _show(options: argparse.Namespace) -> None:
    settings = settings_of(options)
    show(place.store(settings), settings.results, options.run)


def _watch(options: argparse.Namespace) -> int:
    settings = settings_of(options)
    return watch(place.store(settings), settings.results, options.runs)


def _show_schema(options: argparse.Namespace) -> None:
    output.say(encode_json(schemas()[options.document]).decode().rstrip())


def _now() -> datetime:
    return datetime.now(UTC)


def show_list(store: Store, results: str) -> None:
    """Show all runs, the latest first."""
    runs = listing.list_runs(store, results)
    if not runs:
        output.say("There is no run yet. Upload files with 'headrace upload', then look again.")
        return
    now = _now()
    output.show_table(COLUMNS, [row(run, now) for run in runs])


def show(store: Store, results: str, run_id: str) -> None:
    """Show one run: what it is for, where it stands, what came of it."""
    run = listing.read_run(store, results, run_id)
    for line in describe(run, results):
        output.say(line)
    if run.outputs is not None and run.outputs.verdicts:
        output.say()
        rows = [[v.sample, v.verdict.value, " ".join(v.reasons)] for v in run.outputs.verdicts]
        output.show_table(["sample", "verdict", "reasons"], rows)


def watch(
    store: Store,
    results: str,
    run_ids: Sequence[str],
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], datetime] = _now,
) -> int:
    """Show progress until the runs, or all that are going on now, have ended; 1 if one failed."""
    wanted = list(run_ids) or _going_on(store, results, sleep)
    if not wanted:
        output.say("No run is going on.")
        return 0
    with progress.display(COLUMNS, passing="time") as display:
        while True:
            runs = listing.read_runs(store, results, wanted)
            now = clock()
            display.show([row(run, now) for run in runs])
            if all(run.state.ended for run in runs):
                break
            sleep(POLL_SECONDS)
    return 1 if any(run.state is State.FAILED for run in runs) else 0


def _going_on(store: Store, results: str, sleep: Callable[[float], None]) -> list[str]:
    """Return the runs that go on; give those of the latest uploads a moment to begin."""
    for _ in range(_LOOKS_FOR_RUNS):
        going = [run.run_id for run in listing.list_runs(store, results) if not run.state.ended]
        if going:
            return going
        sleep(POLL_SECONDS)
    return []


def row(run: Run, now: datetime) -> list[str]:
    """Return a run as a row under `COLUMNS`."""
    return [
        run.run_id,
        _upload(run),
        run.state.value,
        _jobs(run),
        duration((run.ended or now) - run.began),
        _verdicts(run),
    ]


def describe(run: Run, results: str) -> list[str]:
    """Return what there is to say about a run, in lines."""
    lines = [f"{run.run_id}: {run.state.value}"]
    uploads = run.request.objects if run.request is not None else []
    lines += [f"  upload   gs://{o.bucket}/{o.name}#{o.generation}" for o in uploads]
    lines += [f"  began    {run.began:%Y-%m-%d %H:%M:%S %Z}"]
    if run.ended is not None:
        lines += [f"  ended    {run.ended:%Y-%m-%d %H:%M:%S %Z}"]
    if run.status is not None:
        lines += [f"  jobs     {run.status.jobs_done} of {run.status.jobs_total} done"]
        now = (ending.describe(job.rule, job.wildcards) for job in run.status.running)
        lines += [f"  running  {job}" for job in now if not run.state.ended]
    if run.error is not None:
        lines += [f"  error    {run.error.sentence}"]
        lines += [f"  log      {job.log}" for job in run.error.failed_jobs if job.log]
        lines += [f"  log      {run.error.log}"]
    if run.outputs is not None:
        lines += [f"  report   {run.outputs.report}"] if run.outputs.report else []
    return [*lines, f"  folder   {run_folder(results, run.run_id)}"]


def duration(span: timedelta) -> str:
    """Return a time span as people say it: `1 h 05 min`, `3 min 20 s`, `7 s`."""
    minutes, seconds = divmod(max(0, int(span.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"


def _upload(run: Run) -> str:
    """Return what the names of all uploads have in common: `run42 s1 L001`."""
    if run.request is None or not run.request.objects:
        return "by hand"
    first, *others = (uploaded.fields for uploaded in run.request.objects)
    return " ".join(
        value
        for field, value in first.items()
        if all(other.get(field) == value for other in others)
    )


def _jobs(run: Run) -> str:
    """Count the jobs, and while the run goes on name the rules at work: `5/18 align, call`."""
    if run.status is None:
        return ""
    count = f"{run.status.jobs_done}/{run.status.jobs_total}"
    rules = sorted({job.rule for job in run.status.running})
    if run.state.ended or not rules:
        return count
    more = " ..." if len(rules) > _MAX_NAMED else ""
    return f"{count} {', '.join(rules[:_MAX_NAMED])}{more}"


def _verdicts(run: Run) -> str:
    """Count the verdicts, or give the sentence of a run that failed."""
    if run.error is not None and run.outputs is None:
        return run.error.sentence
    if run.outputs is None:
        return ""
    grades = [verdict.verdict for verdict in run.outputs.verdicts]
    counts = {grade: grades.count(grade) for grade in Grade}
    if len(grades) == 1:
        return grades[0].value
    return ", ".join(f"{count} {grade.value}" for grade, count in counts.items() if count)

"""How a run reads on the command line: a row of a table, or lines about it."""

from datetime import datetime, timedelta

from headrace.runs import ending
from headrace.runs.listing import Run
from headrace.runs.records import Grade, run_folder

COLUMNS = ["run", "upload", "state", "jobs", "time", "cost", "verdict"]

SILENCE = timedelta(minutes=30)
"""A run that goes on and has written nothing for this long may have lost its controller."""

_MAX_NAMED = 3


def row(run: Run, now: datetime) -> list[str]:
    """Return a run as a row under `COLUMNS`."""
    return [
        run.run_id,
        _upload(run),
        run.state.value,
        _jobs(run),
        duration((run.ended or now) - run.began),
        _cost(run),
        _verdicts(run),
    ]


def describe(run: Run, results: str, now: datetime) -> list[str]:
    """Return what there is to say about a run, in lines."""
    lines = [f"{run.run_id}: {run.state.value}"]
    if run.request is not None and run.request.continues:
        lines += [f"  goes on  from run {run.request.continues}"]
    elif run.request is not None and run.request.predecessor:
        lines += [f"  follows  run {run.request.predecessor}"]
    uploads = run.request.objects if run.request is not None else []
    lines += [f"  upload   gs://{o.bucket}/{o.name}#{o.generation}" for o in uploads]
    lines += [f"  began    {run.began:%Y-%m-%d %H:%M:%S %Z}"]
    if run.ended is not None:
        lines += [f"  ended    {run.ended:%Y-%m-%d %H:%M:%S %Z}"]
    if run.status is not None:
        lines += [f"  jobs     {run.status.jobs_done} of {run.status.jobs_total} done"]
        at_work = (ending.describe(job.rule, job.wildcards) for job in run.status.running)
        lines += [f"  running  {job}" for job in at_work if not run.state.ended]
    if run.error is not None:
        lines += [f"  error    {run.error.sentence}"]
        lines += [f"  log      {job.log}" for job in run.error.failed_jobs if job.log]
        lines += [f"  log      {run.error.log}"]
    if run.outputs is not None:
        lines += [f"  report   {run.outputs.report}"] if run.outputs.report else []
    if run.cost is not None:
        lines += [f"  cost     {_cost(run)}"]
    lines += [f"  folder   {run_folder(results, run.run_id)}"]
    next_step = _next_step(run, now)
    return [*lines, f"  next     {next_step}"] if next_step else lines


def _next_step(run: Run, now: datetime) -> str:
    """Return the one thing to do about a run, if there is one."""
    if run.error is not None and run.outputs is None and run.request is not None:
        return f"headrace runs rerun {run.run_id}    (when it is mended; keeps what is finished)"
    if not run.state.ended and run.request is not None and now - run.last_heard > SILENCE:
        return f"headrace sweep    (nothing was heard of it for {duration(now - run.last_heard)})"
    return ""


def _cost(run: Run) -> str:
    if run.cost is None:
        return ""
    return f"{run.cost.amounts.total:.2f} {run.cost.prices.currency}"


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
    if run.problem:
        return run.problem
    if run.error is not None and run.outputs is None:
        return run.error.sentence
    if run.outputs is None:
        return ""
    grades = [verdict.verdict for verdict in run.outputs.verdicts]
    counts = {grade: grades.count(grade) for grade in Grade}
    if len(grades) == 1:
        return grades[0].value
    return ", ".join(f"{count} {grade.value}" for grade, count in counts.items() if count)

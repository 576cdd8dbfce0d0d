"""How long commands take by what former runs of this installation tell, or else by a guess."""

from collections import defaultdict
from collections.abc import Sequence

from headrace.planning.graph import PlannedWorkflow
from headrace.planning.guesses import guessed, volumes
from headrace.planning.history import Observation, RunHistory
from headrace.planning.prediction import predict

GUESSED = "guessed by what they read and by their time limits"


def expected(workflow: PlannedWorkflow, runs: Sequence[RunHistory]) -> tuple[dict[int, float], str]:
    """Return the seconds of each job's command, and where they are from, as a sentence's end."""
    told: dict[str, list[Observation]] = defaultdict(list)
    for run in runs:
        for one in run.observations:
            told[one.rule].append(one)
    seconds, read = guessed(workflow), volumes(workflow)
    known = [job for job in workflow.jobs if told[job.rule] and not job.local]
    for job in known:
        found = predict(told[job.rule], read[job.jobid] or 0.0, job.threads)
        seconds[job.jobid] = found.tool.likely
    working = sum(not job.local for job in workflow.jobs)
    if not known:
        return seconds, GUESSED
    if len(known) == working:
        return seconds, f"by {len(runs)} former runs"
    return seconds, f"{len(known)} of them by {len(runs)} former runs and the rest {GUESSED}"

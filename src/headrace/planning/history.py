"""What former runs tell of rules: one small document a run, made of its journal. Pure."""

import statistics
from collections.abc import Sequence
from datetime import datetime

from headrace.money.records import RunCost
from headrace.money.vms import Share, machines
from headrace.planning.assumptions import PUBLISHED
from headrace.runs.journal import Attempt, JobEntry, Journal
from headrace.runs.status import Record
from headrace.services.protocol import FailureKind, JobState

MOST_OF_A_RULE = 40
"""Observations of a rule that a run's document keeps, spread evenly over the run."""

MOST_BOOTS = 40


class Observation(Record, frozen=True):
    """A job that went well.

    Attributes:
        rule: name of its rule.
        threads: cores it asked for.
        mem_mb: memory it asked for, MiB; 0 if it did not ask.
        bytes_in: what its machine brought in, for all jobs of a group.
        bytes_out: what its machine took out.
        worked: seconds of its machine without the boot, its part of them in a group.
        tool: seconds of its own command.
        cpu: seconds of CPU that its command used; None if nobody measured.
        peak_mb: largest resident size of its command, MiB; None if nobody measured.
    """

    rule: str
    threads: int
    mem_mb: int
    bytes_in: int
    bytes_out: int
    worked: float
    tool: float
    cpu: float | None = None
    peak_mb: float | None = None


class RunHistory(Record, frozen=True):
    """What a run leaves for later estimates.

    Attributes:
        run_id: the run's id.
        began: when its first job was submitted.
        observations: jobs that went well, at most `MOST_OF_A_RULE` of each rule.
        boots: seconds that machines took to come, some of them.
        queues: seconds that jobs waited for a machine to be made, some of them.
        spot_hours: hours that spot machines ran.
        spot_losses: how many of them were lost.
        estimate_error: how far its estimate was off, see `EstimateCheck`; None without one.
    """

    run_id: str
    began: datetime
    observations: tuple[Observation, ...] = ()
    boots: tuple[float, ...] = ()
    queues: tuple[float, ...] = ()
    spot_hours: float = 0.0
    spot_losses: int = 0
    estimate_error: float | None = None


def of_run(journal: Journal, cost: RunCost) -> RunHistory | None:
    """Return what a run tells, None if it submitted nothing."""
    if cost.began is None:
        return None
    entries = {entry.jobid: entry for entry in journal.jobs}
    shares = [share for group in machines(journal.attempts, cost.computed) for share in group]
    told = [found for share in shares for found in _observed(share, entries)]
    ended = [share for share in shares if share.attempt.running and not share.attempt.waited]
    spot = [attempt for attempt in journal.attempts if attempt.spot]
    return RunHistory(
        run_id=cost.run_id,
        began=cost.began,
        observations=tuple(_spread(told)),
        boots=tuple(round(share.boot, 3) for share in ended[:MOST_BOOTS]),
        queues=tuple(round(share.queue, 3) for share in ended[:MOST_BOOTS]),
        spot_hours=sum(share.billed for share in shares if share.attempt.spot) / 3600,
        spot_losses=sum(map(_was_lost, spot)),
        estimate_error=cost.estimate.error if cost.estimate is not None else None,
    )


def usual_boot(runs: Sequence[RunHistory]) -> float:
    """Return the seconds a machine takes to come here, or the published ones without history."""
    boots = [boot for run in runs for boot in run.boots]
    return statistics.median(boots) if boots else PUBLISHED.boot_seconds


def usual_queue(runs: Sequence[RunHistory]) -> float:
    """Return the seconds until a machine is made, or the published ones without history."""
    queues = [queue for run in runs for queue in run.queues]
    return statistics.median(queues) if queues else PUBLISHED.queue_seconds


def losses_per_hour(runs: Sequence[RunHistory]) -> float:
    """Return how often a spot machine is lost in an hour, by what was seen and what is assumed.

    The assumption counts as much as twenty hours of one's own.
    """
    hours = sum(run.spot_hours for run in runs)
    losses = sum(run.spot_losses for run in runs)
    assumed = 20.0
    return (losses + assumed * PUBLISHED.preemptions_per_hour) / (hours + assumed)


def error_of_estimates(runs: Sequence[RunHistory]) -> tuple[float, int] | None:
    """Return the median of the estimates' errors without their signs, and of how many; or None."""
    errors = [abs(run.estimate_error) for run in runs if run.estimate_error is not None]
    return (statistics.median(errors), len(errors)) if errors else None


def _observed(share: Share, entries: dict[int, JobEntry]) -> list[Observation]:
    attempt = share.attempt
    if attempt.state != JobState.SUCCEEDED.value or attempt.failure is not None:
        return []
    worked = share.billed - share.boot - _minute(share)
    steps = attempt.steps
    if len(steps) != len(attempt.jobids):
        return []
    tools = [step.wall_seconds or 0.0 for step in steps]
    whole = sum(tools)
    found = []
    for jobid, step, tool in zip(attempt.jobids, steps, tools, strict=True):
        entry = entries.get(jobid)
        if entry is None:
            continue
        part = tool / whole if whole > 0 else 1 / len(tools)
        asked = entry.resources.get("mem_mb", 0)
        found.append(
            Observation(
                rule=entry.rule,
                threads=entry.threads,
                mem_mb=asked if isinstance(asked, int) else 0,
                bytes_in=attempt.bytes_in,
                bytes_out=attempt.bytes_out,
                worked=round(worked * part, 3),
                tool=round(tool, 3),
                cpu=step.cpu_seconds,
                peak_mb=step.peak_memory_mb,
            )
        )
    return found


def _minute(share: Share) -> float:
    """Return what of a share is not work but the rest of the minute that is paid at least."""
    attempt = share.attempt
    if attempt.running is None or attempt.ended is None or attempt.machine:
        return 0.0
    return max(0.0, share.billed - share.boot - (attempt.ended - attempt.running).total_seconds())


def _spread(told: Sequence[Observation]) -> list[Observation]:
    by_rule: dict[str, list[Observation]] = {}
    for one in told:
        by_rule.setdefault(one.rule, []).append(one)
    kept = []
    for found in by_rule.values():
        step = max(1, -(-len(found) // MOST_OF_A_RULE))
        kept += found[::step]
    return kept


def _was_lost(attempt: Attempt) -> bool:
    return attempt.failure == FailureKind.INFRASTRUCTURE.value

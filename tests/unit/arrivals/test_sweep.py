"""A sweep starts what events missed, once, and says of everything else why it did not start."""

import logging
import random
from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.arrivals import triggers
from headrace.arrivals.outcomes import Kind
from headrace.arrivals.sweep import SweepReport, sweep
from headrace.errors import UnavailableError
from headrace.guard import pause
from headrace.guard.pause import PauseState
from headrace.pipeline import Pipeline
from headrace.runs.controllers import CONTROLLERS
from headrace.runs.healing import Cure
from headrace.services import JobReport, JobState
from headrace.services.protocol import RUN_LABEL
from tests.unit.arrivals.test_handler import SETTINGS
from tests.unit.arrivals.world import RULES, World

R1 = "run/s1_L001_R1.fastq.gz"
R2 = "run/s1_L001_R2.fastq.gz"


def ends(report: SweepReport) -> dict[str, Kind]:
    """What became of each set, by the first of its objects."""
    return {swept.object: swept.kind for swept in report.found}


def test_a_set_whose_events_were_all_lost_is_started_once(world: World) -> None:
    world.put(R1)
    world.put(R2)
    (swept,) = sweep(world.handler).found
    assert (swept.object, swept.kind) == (R1, Kind.STARTED)
    assert list(world.service.submitted) == [swept.run_id]
    assert ends(sweep(world.handler)) == {R1: Kind.DUPLICATE}
    assert len(world.service.submitted) == 1


def test_events_that_come_after_a_sweep_start_nothing_more(world: World) -> None:
    events = [world.put(R1), world.put(R2)]
    sweep(world.handler)
    assert {world.deliver(event).kind for event in events} == {Kind.DUPLICATE}


def test_what_waits_is_reported_with_what_it_waits_for(world: World) -> None:
    world.put(R2)
    report = sweep(world.handler)
    (waiting,) = report.noteworthy
    assert waiting.kind is Kind.WAITING
    assert R1 in waiting.reason
    assert not world.service.submitted


def test_a_claim_without_a_job_is_healed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The function was killed between claim and submission, and no event comes any more."""
    world.upload(R1)

    def killed(_run: str, _job: Pipeline) -> str:
        raise UnavailableError("killed")

    with monkeypatch.context() as broken:
        broken.setattr(world.service, "submit", killed)
        with pytest.raises(UnavailableError):
            world.upload(R2)
    assert ends(sweep(world.handler)) == {R1: Kind.FAILED}, "its owner may still be at it"
    world.pass_time(61)
    assert ends(sweep(world.handler)) == {R1: Kind.STARTED}
    assert len(world.service.submitted) == 1


def test_a_set_that_fails_keeps_no_other_from_starting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("run/a_L001_R1.fastq.gz", "run/a_L001_R2.fastq.gz", R1, R2):
        world.put(name)
    submit, tried = world.service.submit, list[str]()

    def fails_at_first(run: str, job: Pipeline) -> str:
        tried.append(run)
        if len(tried) == 1:
            raise UnavailableError("the service is busy")
        return submit(run, job)

    monkeypatch.setattr(world.service, "submit", fails_at_first)
    report = sweep(world.handler)
    assert ends(report) == {"run/a_L001_R1.fastq.gz": Kind.FAILED, R1: Kind.STARTED}
    assert [swept.reason for swept in report.found if swept.kind is Kind.FAILED] == [
        "the service is busy"
    ]


def test_objects_of_no_rule_are_counted_and_hostile_names_refused(world: World) -> None:
    world.put("notes.pdf")
    world.put("run/$(reboot)_L001_R1.fastq.gz")
    world.put("folder/")
    report = sweep(world.handler)
    assert report.counts == {Kind.UNMATCHED: 1, Kind.REJECTED: 1}
    assert [name for name in world.result_names() if name.startswith("rejected/")]
    assert not world.service.submitted


def test_what_is_older_than_the_reach_is_left_alone(world: World) -> None:
    world.put(R1)
    world.put(R2)
    world.pass_time(timedelta(hours=25).total_seconds())
    assert sweep(world.handler).found == []
    assert ends(sweep(world.handler, timedelta(days=2))) == {R1: Kind.STARTED}


def test_a_set_with_one_late_object_is_swept_whole(world: World) -> None:
    world.put(R1)
    world.pass_time(timedelta(hours=25).total_seconds())
    world.put(R2)
    assert ends(sweep(world.handler)) == {R2: Kind.STARTED}


def test_while_paused_a_sweep_starts_nothing_and_says_so(world: World) -> None:
    said = PauseState(paused=True, reason="the budget is spent", by="guard", since=world.now)
    pause.write(world.store, world.results, said)
    world.put(R1)
    world.put(R2)
    (swept,) = sweep(world.handler).found
    assert swept.kind is Kind.FAILED
    assert "the budget is spent" in swept.reason
    assert not world.service.submitted


def test_the_log_names_runs_and_counts(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "headrace")
    world.put(R1)
    world.put(R2)
    (swept,) = sweep(world.handler).found
    details = [getattr(record, "details", {}) for record in caplog.records]
    assert {"outcome": "started", "run_id": swept.run_id, "object": R1} in details
    assert {"counts": {"started": 1}} in details


@given(
    present=st.sets(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["L001", "L002"]), st.sampled_from("12"))
    ),
    delivered=st.floats(0, 1),
    seed=st.integers(0, 2**16),
)
def test_whatever_events_were_lost_every_complete_set_runs_once_and_no_other(
    present: set[tuple[str, str, str]], delivered: float, seed: int
) -> None:
    """The model: a sample is complete if every lane that is there has both reads."""
    world = World(SETTINGS, triggers.parse(RULES, "rules"))
    events = [world.put(f"run/{s}_{lane}_R{read}.fastq.gz") for s, lane, read in sorted(present)]
    order = random.Random(seed)  # noqa: S311 - an order, not a secret
    order.shuffle(events)
    for event in events[: round(delivered * len(events))]:
        world.deliver(event)
    sweep(world.handler)
    sweep(world.handler)
    complete = {
        sample
        for sample, _, _ in present
        if all((sample, lane, r) in present for s, lane, _ in present if s == sample for r in "12")
    }
    assert len(world.service.submitted) == len(complete)


def test_a_run_whose_controller_was_lost_is_looked_after(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service still lists its job, which has ended, and there is no end document."""
    world.upload(R1)
    run = str(world.upload(R2).run_id)

    def jobs(labels: Mapping[str, str]) -> Iterator[JobReport]:
        if labels == {RUN_LABEL: CONTROLLERS}:
            yield JobReport(run, run, JobState.FAILED)

    monkeypatch.setattr(world.service, "list_jobs", jobs)
    report = sweep(world.handler)
    (healed,) = report.runs
    assert (healed.run_id, healed.cure) == (run, Cure.ENDED)  # it says that it was cancelled
    assert world.result_names(f"runs/{run}/error.json")
    assert not report.failed

"""The state in plain words, the next step, and the expected end."""

from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs

from headrace.money.records import Band, Basis, Estimate, EstimatedJob, PriceNote
from headrace.page import headline, jobs
from headrace.page.facts import Facts
from headrace.page.headline import Headline, Progress
from headrace.page.jobs import Standing
from tests.unit.page import made

SAMPLES = ["a", "b", "c", "d"]


def _half(rule: str, _sample: str) -> str:
    order = [*made.RULES, made.REPORT]
    return "done" if order.index(rule) < 5 else "running" if rule == made.RULES[5] else "waiting"


def _headline(facts: Facts) -> Headline:
    return headline.headline(facts, jobs.of_journal(facts.journal, facts.state))


def _progress(facts: Facts) -> Progress:
    return headline.progress(facts, jobs.of_journal(facts.journal, facts.state))


def test_a_run_that_goes_on_says_what_it_does_and_when_it_should_end() -> None:
    facts = made.running(SAMPLES, _half)
    assert _headline(facts).sentence == "4 running."
    progress = _progress(facts)
    assert (progress.good, progress.total) == (20, 37)
    assert progress.by_standing == {
        Standing.DONE: 20,
        Standing.RUNNING: 4,
        Standing.QUEUED: 13,
    }
    assert progress.end_basis == "by the rate so far"
    assert progress.end is not None
    assert progress.end > facts.now


def test_jobs_that_nobody_has_told_of_yet_are_queued() -> None:
    facts = made.running(["a"])
    assert facts.status is not None
    more = replace(facts, status=structs.replace(facts.status, jobs_total=25))
    assert _progress(more).by_standing[Standing.QUEUED] == 15


def test_a_head_that_is_silent_is_noticed_and_told_how_to_replace() -> None:
    facts = made.running(SAMPLES, _half)
    silent = replace(facts, now=facts.now + timedelta(minutes=6))
    assert _headline(silent).mark == "stale"
    assert _headline(silent).sentence == "No sign of life since 2026-03-02 09:37:30 UTC."
    assert "headrace sweep" in _headline(silent).next_step
    by_hand = replace(silent, request=None)
    assert f"HEADRACE_RUN={facts.run_id}" in _headline(by_hand).next_step
    assert _progress(silent).end is None


def test_between_the_last_job_and_the_end_the_page_says_what_is_awaited() -> None:
    ended = made.succeeded(SAMPLES)
    told = _headline(replace(ended, outputs=None))
    assert (told.label, told.sentence) == (
        "Running",
        "The jobs are over, the end is being written.",
    )


def test_a_good_end_tells_the_verdicts_and_what_to_look_at() -> None:
    told = _headline(made.succeeded(SAMPLES, bad=["b"]))
    assert told.sentence == "All jobs are done, in 7 min 30 s. Verdicts: 1 FAIL, 3 PASS."
    assert "reasons" in told.next_step
    assert _headline(made.succeeded(SAMPLES)).next_step == ""


def test_a_failed_run_gives_its_sentence_and_one_next_step() -> None:
    facts = made.failed(SAMPLES)
    told = _headline(facts)
    assert told.label == "Failed"
    assert told.sentence.startswith("1 job failed: align (sample=a).")
    assert facts.run_id in told.next_step


def test_a_run_that_was_only_asked_for_waits_for_its_controller() -> None:
    asked = Facts(folder=made.FOLDER, now=made.at(0), request=made.request(["a"]))
    assert _headline(asked).sentence == "Asked for 30 s ago; its controller is on the way."


@pytest.mark.parametrize(
    ("basis", "said"),
    [(Basis.HISTORY, "by the estimate"), (Basis.DECLARED, "by the rate so far")],
)
def test_an_estimate_is_believed_if_it_rests_on_former_jobs(basis: Basis, said: str) -> None:
    facts = replace(made.running(SAMPLES, _half), estimate=_estimate(basis))
    assert _progress(facts).end_basis == said
    began = replace(facts, journal=None)
    assert _progress(began).end == made.at(900), "there is no rate yet"


def _estimate(basis: Basis) -> Estimate:
    band = Band(low=1, likely=900, high=2000)
    job = EstimatedJob(
        jobid=1,
        rule="align",
        sample="a",
        machine_type="e2-medium",
        spot=False,
        basis=basis,
        former=3,
        tool_seconds=band,
        seconds=band,
        cost=band,
        worst=3,
    )
    return Estimate(
        run_id="r",
        created=made.BEGAN,
        prices=PriceNote(currency="USD", day=made.BEGAN.date(), source="list"),
        cost=band,
        jobs_cost=band,
        worst=3,
        makespan=band,
        critical_path=(),
        critical_seconds=0,
        quota_cpus=None,
        controller=band,
        rules=(),
        samples=(),
        jobs=(job,),
    )

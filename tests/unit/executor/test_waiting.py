"""A job that waits for its machine."""

import dataclasses

import pytest

from headrace.services.protocol import JobReport, JobState
from snakemake_executor_plugin_lifesciences.waiting import Waiting

QUEUED = JobReport("name", "align-1", JobState.QUEUED, "waiting for quota C2_CPUS")


def test_a_short_wait_is_no_news() -> None:
    assert not Waiting(submitted=0, deadline=600).news(QUEUED, now=29)


def test_a_reason_is_told_once_and_a_new_one_again() -> None:
    waiting = Waiting(submitted=0, deadline=600)
    other = dataclasses.replace(QUEUED, detail="no capacity in us-central1-a")
    told = [waiting.news(report, now=60) for report in (QUEUED, QUEUED, other, other)]
    assert told == [True, False, True, False]


def test_the_sentence_names_job_time_and_reason() -> None:
    sentence = Waiting(submitted=0, deadline=600).sentence(QUEUED, now=180)
    assert sentence == "align-1 has waited 3 min for a machine: waiting for quota C2_CPUS"


@pytest.mark.parametrize(
    ("state", "now", "over"),
    [
        (JobState.QUEUED, 600, False),
        (JobState.QUEUED, 601, True),
        (JobState.STARTING, 601, True),
        (JobState.RUNNING, 9999, False),
    ],
)
def test_only_waiting_ends_at_the_deadline(state: JobState, now: float, over: bool) -> None:
    report = dataclasses.replace(QUEUED, state=state)
    assert Waiting(submitted=0, deadline=600).over(report, now) is over

"""Where a job stands, by Snakemake and by the job service."""

import pytest

from headrace.page import jobs
from headrace.page.jobs import Standing
from headrace.runs.listing import State
from tests.unit.page import made


@pytest.mark.parametrize(
    ("told", "standing"),
    [
        ("done", Standing.DONE),
        ("retried", Standing.RETRIED),
        ("failed", Standing.FAILED),
        ("reused", Standing.REUSED),
        ("waiting", Standing.QUEUED),
        ("queued", Standing.QUOTA),
        ("starting", Standing.BOOTING),
        ("running", Standing.RUNNING),
    ],
)
def test_each_standing_is_told_by_the_journal(told: str, standing: Standing) -> None:
    found = jobs.of_journal(made.journal(["a"], lambda *_: told), State.RUNNING)
    assert {job.standing for job in found} == {standing}


def test_what_went_on_when_a_run_failed_is_stopped() -> None:
    found = jobs.of_journal(made.journal(["a"], lambda *_: "running"), State.FAILED)
    assert {job.standing for job in found} == {Standing.STOPPED}


def test_a_job_that_a_good_run_did_not_need_is_left_out() -> None:
    def stand(rule: str, _sample: str) -> str:
        return "waiting" if rule == "align" else "done"

    found = jobs.of_journal(made.journal(["a"], stand), State.SUCCEEDED)
    assert "align" not in {job.entry.rule for job in found}
    assert len(found) == len(made.RULES)

"""What a run has cost follows from the moments of its attempts."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.money.billing import Controller, run_cost
from headrace.money.records import RunCost
from headrace.planning.pricetable import BUILT_IN, Use, hourly
from headrace.runs.journal import Attempt, JobEntry, StepUse
from headrace.services.batch_reports import job_report
from tests.unit.money.journals import NOW, at, attempt, job, journal

HOUR = 3600.0


def cost_of(jobs: list[JobEntry], attempts: list[Attempt], **more: Any) -> RunCost:
    return run_cost(journal(jobs, attempts), BUILT_IN, "us-central1", at(1000), **more)


def test_a_job_is_paid_from_the_order_of_its_machine_to_its_end() -> None:
    cost = cost_of([job(1)], [attempt(1)])
    price = hourly(BUILT_IN, Use("n2d-standard-4", boot_disk_gb=30, work_disk_gb=10))
    assert cost.amounts.compute == pytest.approx(price.compute * 170 / HOUR)
    assert cost.amounts.disk == pytest.approx(price.disk * 170 / HOUR)
    assert cost.amounts.network == 0
    assert cost.ended


def test_boot_pull_staging_and_idle_are_apart_from_tool_time() -> None:
    times = cost_of([job(1)], [attempt(1)]).times
    parts = (times.queue, times.boot, times.pull, times.staging, times.tool, times.idle)
    assert parts == pytest.approx((5, 70, 15, 20, 60, 5))
    assert times.billed == pytest.approx(170)


def test_every_machine_costs_a_minute_at_least() -> None:
    short = attempt(1, scheduled=at(0), running=at(3), ended=at(10), steps=())
    cost = cost_of([job(1)], [short])
    assert cost.times.billed == pytest.approx(60)
    assert cost.times.idle == pytest.approx(60 - 3 - 7)


def test_a_recorded_trace_of_batch_costs_what_its_machine_did() -> None:
    """The moments of nextflow-io/nextflow#4225; the ids are ours."""
    report = job_report(
        {
            "name": "projects/p/locations/us-central1/jobs/j",
            "createTime": "2026-08-01T12:00:00Z",
            "status": {
                "state": "SUCCEEDED",
                "statusEvents": [
                    _moved("QUEUED", "SCHEDULED", "2026-08-01T12:00:01.500Z"),
                    _moved("SCHEDULED", "RUNNING", "2026-08-01T12:01:10.100Z"),
                    _moved("RUNNING", "SUCCEEDED", "2026-08-01T12:01:20.200Z"),
                ],
            },
        }
    )
    moments = report.moments
    told = attempt(
        1,
        machine_type="e2-standard-2",
        disk_gb=0,
        work_disk_gb=0,
        submitted=moments.submitted,
        scheduled=moments.scheduled,
        running=moments.running,
        ended=moments.ended,
    )
    cost = cost_of([job(1)], [told])
    assert cost.times.boot == pytest.approx(68.6)
    assert cost.times.billed == pytest.approx(78.7)
    assert cost.amounts.compute == pytest.approx(0.00146, abs=1e-5)
    spot = cost_of([job(1)], [attempt(1, machine_type="e2-standard-2", spot=True)])
    assert spot.amounts.compute * 78.7 / 170 == pytest.approx(0.00088, abs=1e-5)


def _moved(old: str, new: str, moment: str) -> dict[str, Any]:
    text = f"Job state is set from {old} to {new} for job projects/1/locations/us-central1/jobs/j."
    return {"type": "STATUS_CHANGED", "description": text, "eventTime": moment}


def test_attempts_on_one_machine_share_its_cost() -> None:
    first = attempt(1, machine="vm", zone="z", running=at(75), ended=at(105), steps=())
    second = attempt(2, machine="vm", zone="z", running=at(105), ended=at(195), steps=())
    cost = cost_of([job(1), job(2)], [first, second])
    assert cost.machines == 1
    assert cost.times.billed == pytest.approx(190)
    one, two = cost.jobs
    assert two.amounts.compute == pytest.approx(3 * one.amounts.compute)


def test_tasks_that_run_at_once_on_one_machine_are_paid_once() -> None:
    both = [attempt(number, machine="vm", zone="z") for number in (1, 2)]
    cost = cost_of([job(1), job(2)], both)
    assert cost.times.billed == pytest.approx(170)
    assert cost.times.tool == pytest.approx(60)


def test_the_boot_of_a_machine_is_paid_once_though_its_tasks_find_it_ready() -> None:
    tasks = [
        attempt(
            number,
            machine="vm",
            zone="z",
            ordered=at(5),
            scheduled=at(75 + 30 * number),
            running=at(75 + 30 * number),
            ended=at(105 + 30 * number),
            steps=(),
        )
        for number in range(3)
    ]
    cost = cost_of([job(0), job(1), job(2)], tasks)
    assert cost.machines == 1
    assert cost.times.boot == pytest.approx(70)
    assert cost.times.billed == pytest.approx(160)


def test_machines_of_one_name_in_two_zones_are_two() -> None:
    both = [attempt(number, machine="vm", zone=f"z{number}") for number in (1, 2)]
    assert cost_of([job(1), job(2)], both).machines == 2


def test_the_jobs_of_a_group_divide_it_by_their_commands() -> None:
    steps = (
        StepUse(name="a", exit_code=0, wall_seconds=15.0),
        StepUse(name="b", exit_code=0, wall_seconds=45.0),
    )
    cost = cost_of([job(1, "a"), job(2, "b")], [attempt((1, 2), steps=steps)])
    one, two = cost.jobs
    assert two.amounts.compute == pytest.approx(3 * one.amounts.compute)
    assert {part.name for part in cost.rules} == {"a", "b"}


def test_retries_and_preemptions_are_counted_apart() -> None:
    attempts = [
        attempt(1, 0, failure="infrastructure", spot=True),
        attempt(1, 200, failure="user", spot=True),
        attempt(1, 400, failure="timeout"),
        attempt(1, 600),
    ]
    cost = cost_of([job(1)], attempts)
    assert (cost.attempts, cost.retries, cost.preemptions) == (4, 2, 1)
    (only,) = cost.jobs
    assert (only.attempts, only.retries, only.preemptions) == (4, 2, 1)
    assert cost.machines == 4


def test_costs_are_counted_by_rule_sample_and_machine() -> None:
    jobs = [job(1), job(2, sample="s2"), job(3, "call")]
    attempts = [attempt(1), attempt(2, machine_type="n2-standard-8"), attempt(3)]
    cost = cost_of(jobs, attempts)
    assert [part.name for part in cost.samples] == ["s2", "s1"]
    assert [(part.name, part.jobs) for part in cost.rules] == [("align", 2), ("call", 1)]
    assert {part.name for part in cost.machine_types} == {"n2-standard-8", "n2d-standard-4"}
    for parts in (cost.rules, cost.samples, cost.machine_types):
        total = sum(part.amounts.total for part in parts)
        assert total == pytest.approx(cost.amounts.total)


def test_requests_and_addresses_are_paid_as_well() -> None:
    cost = cost_of([job(1)], [attempt(1, public_address=True)])
    assert cost.amounts.network == pytest.approx(0.005 * 170 / HOUR)
    assert cost.amounts.operations == pytest.approx((6 * 0.005 + 4 * 0.0004) / 1000)


def test_the_controllers_own_machine_is_part_of_the_sum() -> None:
    own = Controller(Use("e2-standard-2", boot_disk_gb=30, work_disk_gb=50), 1800)
    cost = cost_of([job(1)], [attempt(1)], controller=own)
    assert cost.controller.compute == pytest.approx(0.0670 / 2, abs=1e-4)
    jobs = sum(part.amounts.total for part in cost.rules)
    assert cost.amounts.total == pytest.approx(jobs + cost.controller.total)


def test_an_attempt_that_never_got_a_machine_costs_nothing() -> None:
    cost = cost_of([job(1)], [attempt(1, scheduled=None, running=None, failure="infrastructure")])
    assert (cost.amounts.total, cost.machines, cost.attempts) == (0, 0, 1)


def test_what_still_runs_is_paid_up_to_now() -> None:
    cost = cost_of([job(1)], [attempt(1, ended=None, steps=())])
    assert not cost.ended
    assert cost.times.billed == pytest.approx(995)


def test_waiting_for_quota_is_not_paid() -> None:
    waiting = attempt(2, scheduled=at(5), running=at(905), ended=at(1000), waited=True)
    cost = cost_of([job(1), job(2)], [attempt(1), waiting])
    _, held_up = cost.jobs
    assert held_up.times.boot == pytest.approx(70), "as long as the other machine took"
    assert any("waited for quota" in note for note in cost.notes)


def test_a_machine_without_a_price_counts_as_nothing_and_is_named() -> None:
    cost = cost_of([job(1)], [attempt(1, machine_type="h3-standard-88")])
    assert cost.amounts.compute == 0
    assert cost.unpriced == ("h3-standard-88",)
    assert any("no price of h3-standard-88" in note for note in cost.notes)


def test_a_clock_that_was_set_back_makes_no_negative_cost() -> None:
    cost = cost_of([job(1)], [attempt(1, running=at(2), ended=at(-500))])
    assert cost.times.billed == pytest.approx(60)
    assert any("run backwards" in note for note in cost.notes)


def test_a_run_of_no_attempts_costs_nothing() -> None:
    cost = cost_of([job(1)], [])
    assert (cost.amounts.total, cost.began, cost.ended) == (0, None, True)


moments = st.integers(-1000, 1000).map(at) | st.none()


@given(
    st.lists(
        st.builds(
            lambda jobid, machine, one, two, three, waited: attempt(
                jobid, machine=machine, scheduled=one, running=two, ended=three, waited=waited
            ),
            st.integers(1, 3),
            st.sampled_from(["", "a", "b"]),
            moments,
            moments,
            moments,
            st.booleans(),
        ),
        max_size=6,
    )
)
def test_whatever_the_clocks_say_no_second_is_paid_twice(attempts: list[Attempt]) -> None:
    cost = cost_of([job(1), job(2), job(3)], attempts)
    times = cost.times
    assert min(times.boot, times.pull, times.staging, times.tool, times.idle) >= 0
    longest = (at(1000) - NOW + timedelta(seconds=2000)).total_seconds()
    assert cost.times.billed <= cost.machines * longest + 1e-6
    assert cost.times.billed >= cost.machines * 60 - 1e-6
    assert sum(job.amounts.total for job in cost.jobs) == pytest.approx(cost.amounts.total)

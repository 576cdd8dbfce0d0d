"""Estimates: bands by rule and sample, makespan under quota, and a worst case that is one."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from headrace.money.records import Band, Basis, Estimate
from headrace.planning.estimating import Setting, estimate
from headrace.planning.graph import MachineOptions, PlannedFile, PlannedJob, PlannedWorkflow
from headrace.planning.history import Observation, RunHistory
from headrace.planning.pricetable import BUILT_IN, Use, hourly
from headrace.planning.simulation import Quota

NOW = datetime(2026, 8, 1, tzinfo=UTC)
PRIVATE = MachineOptions(external_address=False)


def planned(
    jobid: int, rule: str, sample: str, after: tuple[int, ...] = (), **more: Any
) -> PlannedJob:
    values: dict[str, Any] = {
        "threads": 2,
        "mem_mb": 8000,
        "disk_mb": 10_000,
        "runtime_minutes": 60,
        "inputs": (PlannedFile(f"{rule}-{sample}.in", None if after else 1_000_000),),
        "outputs": (PlannedFile(f"{rule}-{sample}.out"),),
        "options": PRIVATE,
        **more,
    }
    return PlannedJob(jobid=jobid, rule=rule, wildcards={"sample": sample}, after=after, **values)


def workflow(**more: Any) -> PlannedWorkflow:
    """Two samples, each aligned and then called, and a summary on the head."""
    jobs = [
        planned(1, "align", "s1", **more),
        planned(2, "align", "s2", **more),
        planned(3, "call", "s1", (1,), inputs=(PlannedFile("align-s1.out"),)),
        planned(4, "call", "s2", (2,), inputs=(PlannedFile("align-s2.out"),)),
        planned(5, "all", "", (3, 4), local=True, outputs=()),
    ]
    return PlannedWorkflow(jobs=tuple(jobs))


def former(rule: str, worked: float, number: int = 20) -> tuple[Observation, ...]:
    one = Observation(
        rule=rule,
        threads=2,
        mem_mb=8000,
        bytes_in=1_000_000,
        bytes_out=500_000,
        worked=worked,
        tool=worked - 20,
        peak_mb=900.0,
    )
    return (one,) * number


HISTORY = RunHistory(
    run_id="old",
    began=NOW,
    observations=former("align", 600) + former("call", 300),
    boots=(50.0, 60.0, 70.0),
    queues=(10.0,),
    estimate_error=-0.2,
)


def made(flow: PlannedWorkflow | None = None, **setting: Any) -> Estimate:
    found = {"table": BUILT_IN, "region": "us-central1", **setting}
    return estimate("r1", flow or workflow(), Setting(**found), NOW)


def test_jobs_are_predicted_by_former_ones() -> None:
    told = made(runs=[HISTORY])
    assert [(job.basis, job.former) for job in told.jobs[:4]] == [(Basis.HISTORY, 20)] * 4
    assert told.jobs[0].seconds.likely == pytest.approx(660)
    assert told.jobs[2].bytes_in == 500_000, "what its predecessor is expected to leave"
    rate = hourly(BUILT_IN, Use("e2-standard-2", boot_disk_gb=30, work_disk_gb=10)).total
    assert told.cost.likely == pytest.approx(rate * (2 * 660 + 2 * 360) / 3600)
    assert told.cost.low < told.cost.likely < told.cost.high
    assert any("off by 20%" in note for note in told.notes)


def test_costs_are_told_by_rule_and_sample() -> None:
    told = made(runs=[HISTORY])
    assert [(part.name, part.jobs) for part in told.rules] == [
        ("align", 2),
        ("call", 2),
        ("all", 1),
    ]
    assert {part.name for part in told.samples} == {"s1", "s2", ""}
    for parts in (told.rules, told.samples):
        assert sum(part.cost.likely for part in parts) == pytest.approx(told.cost.likely)
        assert sum(part.worst for part in parts) == pytest.approx(told.worst)


def test_the_quota_makes_a_run_longer_and_no_dearer() -> None:
    wide, narrow = made(runs=[HISTORY]), made(runs=[HISTORY], quota=Quota(cpus=2))
    assert narrow.makespan.likely > 1.5 * wide.makespan.likely
    assert narrow.cost.likely == pytest.approx(wide.cost.likely)
    assert wide.critical_seconds == pytest.approx(660 + 360)
    assert wide.critical_path[-1] == 3, "the first of those that end last"


def test_the_worst_case_is_every_attempt_up_to_its_limit() -> None:
    told = made(workflow(retries=2))
    rate = hourly(BUILT_IN, Use("e2-standard-2", boot_disk_gb=30, work_disk_gb=10)).total
    hours = (3600 + 3600 + 68.6) / 3600
    assert told.worst == pytest.approx(rate * hours * (2 * 3 + 2))


def test_the_worst_case_of_a_spot_job_holds_its_losses() -> None:
    plain = made()
    spot = made(workflow(options=msgspec.structs.replace(PRIVATE, spot=True)))
    assert spot.cost.likely < plain.cost.likely
    assert spot.worst > plain.worst


def test_the_controller_is_paid_as_long_as_the_run_lasts() -> None:
    own = Use("e2-standard-2")
    told = made(runs=[HISTORY], controller=own, controller_hours=24)
    rate = hourly(BUILT_IN, own).total
    assert told.controller.likely == pytest.approx(rate * (told.makespan.likely + 60) / 3600)
    assert told.cost.likely == pytest.approx(told.jobs_cost.likely + told.controller.likely)
    assert told.worst == pytest.approx(made(runs=[HISTORY]).worst + 24 * rate)


def test_a_rule_without_history_is_named_and_its_limit_counts() -> None:
    told = made(runs=[msgspec.structs.replace(HISTORY, observations=former("align", 600))])
    call = told.jobs[2]
    assert (call.basis, call.former) == (Basis.DECLARED, 0)
    assert call.tool_seconds == Band(low=72.0, likely=900.0, high=3600.0)
    assert any("no history of call" in note for note in told.notes)


def test_a_rule_without_limits_costs_nothing_sure() -> None:
    told = made(workflow(runtime_minutes=0))
    assert told.jobs[0].tool_seconds.high == 0
    assert told.jobs[0].worst > 0, "the staging's own limit"


def test_what_a_checkpoint_may_add_is_said_not_to_be_in_it() -> None:
    told = made(workflow(unknown=True))
    assert any("Checkpoints may change align" in note for note in told.notes)


def test_a_machine_without_a_price_is_named() -> None:
    table = msgspec.structs.replace(BUILT_IN, cpu_hour={})
    told = made(table=table)
    assert told.unpriced == ("e2-standard-2",)
    assert told.cost.likely == 0


def test_an_empty_workflow_costs_nothing() -> None:
    told = made(PlannedWorkflow())
    assert (told.cost, told.worst, told.jobs) == (Band(low=0, likely=0, high=0), 0, ())

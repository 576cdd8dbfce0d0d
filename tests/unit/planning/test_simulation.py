"""headrace.planning.simulation: how long a run would take, and what it would cost."""

import pytest

from headrace.errors import InputError, JobRefusedError
from headrace.planning import prices
from headrace.planning.assumptions import NONE, Assumptions
from headrace.planning.graph import MachineOptions, PlannedFile, PlannedJob, PlannedWorkflow
from headrace.planning.simulation import Grouping, Quota, Simulation, declared, simulate
from headrace.planning.vms import vm_for

TOLD = Assumptions(
    queue_seconds=10,
    boot_seconds=60,
    pull_seconds=5,
    step_seconds=2,
    mb_per_second_per_cpu=50,
    mb_per_second=1000,
    notice_seconds=3,
    preemptions_per_hour=0,
)
OVERHEAD = 60 + 2 * 5 + 3 * 2
"""One job on its machine: boot, its image and the staging image, three containers."""


def job(jobid: int, *after: int, rule: str = "a", **more: object) -> PlannedJob:
    fields: dict[str, object] = {"image": "tool", "threads": 2, "mem_mb": 1000, "disk_mb": 10_000}
    return PlannedJob(jobid=jobid, rule=rule, after=after, **(fields | more))  # type: ignore[arg-type]


def run(*jobs: PlannedJob, seconds: float = 100, **more: object) -> Simulation:
    took = {one.jobid: seconds for one in jobs}
    return simulate(PlannedWorkflow(jobs=jobs), took, assumptions=TOLD, **more)  # type: ignore[arg-type]


def test_a_job_waits_boots_pulls_runs_and_is_noticed() -> None:
    found = run(job(1))
    assert found.jobs[1].start == 10 + 60 + 10 + 2 + 2
    assert found.jobs[1].end == found.jobs[1].start + 100
    assert found.makespan == 10 + OVERHEAD + 100 + 3
    assert [(vm.asked, vm.start, vm.end) for vm in found.vms] == [(0, 10, 10 + OVERHEAD + 100)]


def test_a_machine_costs_its_type_its_disks_and_its_address() -> None:
    found = run(job(1))
    hourly = 2 * 0.021812 + 2 * 0.002924 + (10 + 30) * 0.10 / 730 + 0.005
    assert found.cost == pytest.approx((OVERHEAD + 100) * hourly / 3600)


def test_a_machine_is_paid_for_a_minute_at_least() -> None:
    found = simulate(PlannedWorkflow(jobs=(job(1),)), {1: 5}, assumptions=NONE)
    assert found.vm_seconds == prices.MINIMUM_SECONDS
    assert found.cost == pytest.approx(vm_for([job(1)]).hourly / 60)


def test_a_chain_takes_a_machine_a_step() -> None:
    found = run(job(1), job(2, 1), job(3, 2))
    assert found.makespan == 3 * (10 + OVERHEAD + 100 + 3)
    assert len(found.vms) == 3
    assert found.critical_path == (1, 2, 3)


def test_a_group_boots_and_stages_once() -> None:
    found = run(job(1), job(2, 1), job(3, 2), grouping=Grouping(((3, 1, 2),)))
    assert [vm.jobs for vm in found.vms] == [(1, 2, 3)]
    assert found.makespan == 10 + 60 + 10 + 5 * 2 + 300 + 3


def test_a_group_has_the_largest_size_and_the_disks_of_all() -> None:
    vm = vm_for([job(1, threads=4), job(2, 1, mem_mb=20_000), job(3, 2, disk_mb=30_000)])
    assert (vm.type.name, vm.disk_gb) == ("e2-highmem-4", 50)


def test_jobs_of_a_pipe_run_at_once() -> None:
    found = run(job(1, pipe="p"), job(2, 1, pipe="p"))
    assert found.jobs[1] == found.jobs[2]
    assert [vm.cpus for vm in found.vms] == [4]


def test_members_with_other_options_cannot_share_a_machine() -> None:
    spot = job(2, 1, options=MachineOptions(spot=True))
    with pytest.raises(JobRefusedError, match="different lifesciences_"):
        run(job(1), spot, grouping=Grouping(((1, 2),)))


def test_a_local_job_takes_no_machine() -> None:
    found = run(job(1), job(2, 1, local=True))
    assert len(found.vms) == 1
    assert found.jobs[2].vm is None
    assert found.jobs[2].start == 10 + OVERHEAD + 100 + 3


def test_a_quota_of_machines_lets_jobs_wait_for_each_other() -> None:
    found = run(job(1), job(2), job(3), quota=Quota(vms=1))
    ends = [found.jobs[jobid].end for jobid in (1, 2, 3)]
    assert ends == [one * (10 + OVERHEAD + 100) - 2 for one in (1, 2, 3)]
    assert found.critical_path == (1, 2, 3)


def test_a_quota_of_cpus_counts_those_of_the_machines() -> None:
    found = run(job(1, threads=8), job(2, threads=8), job(3), quota=Quota(cpus=10))
    assert found.jobs[1].start == found.jobs[3].start
    assert found.jobs[2].start > found.jobs[1].end


def test_a_job_larger_than_the_quota_is_named() -> None:
    with pytest.raises(InputError, match="too small for big x=1"):
        run(job(1, rule="big", threads=8, wildcards={"x": "1"}), quota=Quota(cpus=4))


def test_an_array_runs_like_jobs_on_one_machine_after_the_other() -> None:
    found = run(job(1), job(2), job(3), job(4), grouping=Grouping(array_width=2))
    assert sorted(vm.jobs for vm in found.vms) == [(1, 3), (2, 4)]
    second = found.jobs[3].start - found.jobs[1].end
    assert second == 2 + 2 + 2, "no boot and no pull for a machine's second task"


def test_unlike_jobs_are_in_no_array() -> None:
    found = run(job(1), job(2, image="other"), grouping=Grouping(array_width=1))
    assert len(found.vms) == 2


def test_files_come_and_go_at_the_machines_rate() -> None:
    made = PlannedFile("out", temporary=False)
    first = job(1, inputs=(PlannedFile("in", 1_000_000_000),), outputs=(made,))
    plain = run(first)
    found = run(first, sizes={"out": 500_000_000})
    assert plain.makespan == 10 + OVERHEAD + 100 + 3 + 10
    assert found.makespan == plain.makespan + 5


def test_temporary_files_of_a_group_stay_on_the_machine() -> None:
    between = PlannedFile("between", temporary=True)
    jobs = (job(1, outputs=(between,)), job(2, 1, inputs=(between,)))
    sizes = {"between": 1_000_000_000}
    apart = run(*jobs, sizes=sizes).makespan - run(*jobs).makespan
    group = Grouping(((1, 2),))
    fused = run(*jobs, sizes=sizes, grouping=group).makespan - run(*jobs, grouping=group).makespan
    assert (apart, fused) == (20, 0)


def test_a_spot_machine_pays_for_what_it_has_to_repeat() -> None:
    spot = job(1, options=MachineOptions(spot=True))
    told = Assumptions(0, 0, 0, 0, 1, 1, 0, preemptions_per_hour=1)
    found = simulate(PlannedWorkflow(jobs=(spot,)), {1: 3600}, assumptions=told)
    assert found.cost == pytest.approx(vm_for([spot]).hourly * 1.71828, rel=1e-4)


def test_a_group_that_a_path_leaves_and_enters_again_is_refused() -> None:
    with pytest.raises(InputError, match="waits for itself"):
        run(job(1), job(2, 1), job(3, 2), grouping=Grouping(((1, 3),)))


@pytest.mark.parametrize("groups", [((1, 1),), ((1,), (1,)), ((7,),)])
def test_a_grouping_of_other_jobs_is_refused(groups: tuple[tuple[int, ...], ...]) -> None:
    with pytest.raises(InputError, match="names a job twice, or one that is not"):
        run(job(1), grouping=Grouping(groups))


def test_groups_of_the_workflow_share_a_machine() -> None:
    found = run(job(1, group="g"), job(2, 1, group="g"))
    assert [vm.jobs for vm in found.vms] == [(1, 2)]


def test_the_worst_case_is_every_limit() -> None:
    assert declared(PlannedWorkflow(jobs=(job(1, runtime_minutes=2),))) == {1: 120}


def test_nothing_to_do_takes_nothing() -> None:
    found = simulate(PlannedWorkflow(), {})
    assert (found.makespan, found.cost, found.critical_path) == (0, 0, ())

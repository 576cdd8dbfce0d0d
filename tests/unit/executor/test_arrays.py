"""Which jobs are like, and what becomes of them as an array."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.pipeline import Pipeline
from headrace.services.batch_requests import create_request
from headrace.staging.plan import PLAN_VARIABLE, Carried, Plan, encode_plans
from snakemake_executor_plugin_lifesciences import arrays
from snakemake_executor_plugin_lifesciences.arrays import MAX_PLANS_BYTES, likes
from snakemake_executor_plugin_lifesciences.naming import job_key
from snakemake_executor_plugin_lifesciences.options import JobOptions
from snakemake_executor_plugin_lifesciences.pipelines import STAGING_SECONDS
from snakemake_executor_plugin_lifesciences.preparing import Prepared
from tests.unit.services.pipelines import MINIMAL

FOLDER = "gs://results/work/run-1/align-0-0"


def job(number: int, pipeline: Pipeline = MINIMAL, size: int = 0, **options: Any) -> Prepared:
    carried = (Carried("reference", b"x" * size),) if size else ()
    return Prepared(
        job=None,
        title="align",
        plan=Plan("", (), carried, (), ()),
        key=job_key(number),
        pipeline=pipeline,
        options=JobOptions(**options),
    )


def sizes(found: list[tuple[Prepared, ...]]) -> list[int]:
    return [len(array) for array in found]


OTHERS = {
    "image": replace(MINIMAL, actions=(replace(MINIMAL.actions[0], image="other"),)),
    "machine": replace(MINIMAL, machine=replace(MINIMAL.machine, machine_type="n2-standard-2")),
    "limit": replace(MINIMAL, timeout_seconds=601),
    "secrets": replace(MINIMAL, actions=(replace(MINIMAL.actions[0], secrets={"A": "b"}),)),
    "labels": replace(MINIMAL, labels={**MINIMAL.labels, "owner": "lab"}),
    "variables": replace(MINIMAL, environment={"HEADRACE_WORK": "/elsewhere"}),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_jobs_that_differ_in_more_than_their_plans_do_not_travel_together(other: Pipeline) -> None:
    found = likes([job(1), job(2, other), job(3), job(4, other)], max_tasks=100)
    assert [[one.key for one in array] for array in found] == [
        [job_key(1), job_key(3)],
        [job_key(2), job_key(4)],
    ]


def test_a_rule_may_keep_its_jobs_apart_and_a_service_may_know_no_arrays() -> None:
    apart = [job(number, array_size=1) for number in range(3)]
    assert sizes(likes(apart, max_tasks=100)) == [1, 1, 1]
    assert sizes(likes([job(number) for number in range(3)], max_tasks=1)) == [1, 1, 1]


@given(st.lists(st.integers(0, MAX_PLANS_BYTES // 4), max_size=12), st.integers(1, 5))
def test_every_job_is_in_one_array_and_no_array_is_too_large(plans: list[int], most: int) -> None:
    jobs = [job(number, size=size) for number, size in enumerate(plans)]
    found = likes(jobs, most)
    assert [one for array in found for one in array] == jobs
    for array in found:
        assert 1 <= len(array) <= most
        content = encode_plans(one.plan for one in array)
        assert len(array) == 1 or len(content) <= MAX_PLANS_BYTES + len(array)


def test_a_thousand_like_jobs_are_one_request_below_its_limit() -> None:
    (array,) = likes([job(number) for number in range(1000)], max_tasks=100_000)
    request = create_request(arrays.array_pipeline(array, FOLDER))
    group = request["taskGroups"][0]
    assert (group["taskCount"], group["taskCountPerNode"]) == ("1000", "1")
    assert group["taskSpec"]["environment"]["variables"][PLAN_VARIABLE] == f"{FOLDER}/plans.jsonl"


@pytest.mark.parametrize(
    ("limit_minutes", "array_minutes", "parallelism"),
    [(1, 30, 4), (7, 30, 25), (30, 30, 100), (31, 30, 100), (600, 30, 100), (1, 0, 100)],
)
def test_a_machine_takes_short_tasks_in_a_row_and_long_ones_run_at_once(
    limit_minutes: int, array_minutes: int, parallelism: int
) -> None:
    pipeline = replace(MINIMAL, timeout_seconds=60 * limit_minutes + STAGING_SECONDS)
    like = [job(number, pipeline, array_minutes=array_minutes) for number in range(100)]
    assert arrays.array_pipeline(like, FOLDER).parallelism == parallelism


def test_the_keys_of_an_array_are_read_back_from_its_plans() -> None:
    like = [job(number) for number in range(11)]
    plans = arrays.task_plans(like, FOLDER.rpartition("/")[0], FOLDER)
    assert arrays.keys_of(encode_plans(plans)) == [one.key for one in like]
    assert [plan.folder for plan in plans] == sorted(plan.folder for plan in plans)


def test_an_array_is_known_by_the_jobs_in_it() -> None:
    assert arrays.array_key([job(1), job(2)]) == arrays.array_key([job(1), job(2)])
    assert arrays.array_key([job(1), job(2)]) != arrays.array_key([job(1), job(3)])

"""Plans of jobs that go singly: stored together, once, before the first of them is submitted."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import StorageError
from headrace.staging.plan import Carried, Plan, split_part
from snakemake_executor_plugin_lifesciences.arrays import MAX_PLANS_BYTES
from snakemake_executor_plugin_lifesciences.bundles import MAX_JOBS, Bundle, bundled
from snakemake_executor_plugin_lifesciences.naming import job_id, job_key
from snakemake_executor_plugin_lifesciences.options import JobOptions
from snakemake_executor_plugin_lifesciences.preparing import Prepared
from snakemake_executor_plugin_lifesciences.starts import FIRST
from tests.unit.services.pipelines import MINIMAL

WORK = "gs://results/work/run-1"


def job(number: int, size: int = 0) -> Prepared:
    carried = (Carried("file", b"x" * size),)
    plan = Plan("", (), carried, (), ())
    return Prepared(None, "align", plan, job_key(number), MINIMAL, JobOptions())


@given(st.lists(st.integers(0, 5000), min_size=2, max_size=20))
def test_each_job_is_told_the_bytes_of_its_own_plan(sizes: list[int]) -> None:
    objects: dict[str, bytes] = {}
    jobs = [job(number, size) for number, size in enumerate(sizes)]
    bundle = Bundle(jobs, WORK, objects.__setitem__)
    for one in reversed(jobs):
        address, part = split_part(bundle.address(one.key))
        assert part is not None
        plan = msgspec.json.decode(objects[address][part[0] : part[1] + 1], type=Plan)
        id_ = job_id("align", one.key, 0)
        assert (plan.folder, plan.manifest) == (f"{WORK}/{id_}", f"{WORK}/manifests/{id_}.json")
        assert plan.carried == one.plan.carried
    assert len(objects) == 1


def test_what_could_not_be_stored_is_stored_when_the_next_job_asks() -> None:
    objects: list[str] = []
    failures = iter([StorageError("no answer")])

    def write(address: str, content: bytes) -> None:
        assert content
        for error in failures:
            raise error
        objects.append(address)

    bundle = Bundle([job(0), job(1)], WORK, write)
    with pytest.raises(StorageError, match="no answer"):
        bundle.address(job(0).key)
    first, second = (split_part(bundle.address(job(number).key)) for number in (0, 1))
    assert [first[0]] == [second[0]] == objects


def test_bundles_hold_first_starts_only_and_are_bounded_in_jobs_and_bytes() -> None:
    jobs = [job(number) for number in range(MAX_JOBS + 2)]
    assert [len(bundle) for bundle in bundled(jobs)] == [MAX_JOBS, 2]
    assert bundled([job(0)]) == [], "its plan is as well in its own folder"
    again = replace(job(0), start=FIRST.after_loss("zone"))
    assert bundled([again, job(1), job(2)]) == [(job(1), job(2))]
    large = [job(number, MAX_PLANS_BYTES // 3) for number in range(4)]  # longer still in base64
    assert [len(bundle) for bundle in bundled(large)] == [2, 2]
    assert bundled([]) == []

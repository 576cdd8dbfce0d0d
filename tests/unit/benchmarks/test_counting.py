"""Requests by the names of what they call."""

import pytest

from benchmarks.counting import Side, name_of

JOBS = "/v1/projects/p/locations/us-central1/jobs"


@pytest.mark.parametrize(
    ("verb", "target", "name"),
    [
        ("POST", f"{JOBS}?jobId=x", "batch.jobs.create"),
        ("GET", f"{JOBS}?pageSize=1000&filter=a/b", "batch.jobs.list"),
        ("GET", f"{JOBS}/x?$alt=json", "batch.jobs.get"),
        ("POST", f"{JOBS}/x:cancel", "batch.jobs.cancel"),
        ("GET", f"{JOBS}/x/taskGroups/group0/tasks", "batch.tasks.list"),
        ("POST", "/v2beta/projects/p/locations/l/pipelines:run", "lifesciences.pipelines.run"),
        ("GET", "/v2beta/projects/p/locations/l/operations", "lifesciences.operations.list"),
        ("PATCH", "/v1/other", "PATCH /v1/other"),
    ],
)
def test_calls_of_the_job_services_have_their_methods_names(
    verb: str, target: str, name: str
) -> None:
    assert name_of(Side.API, verb, target) == name


def test_requests_to_the_storage_are_counted_by_kind() -> None:
    assert name_of(Side.STORAGE, "GET", "/storage/v1/b/results/o?prefix=x") == "list"
    assert name_of(Side.STORAGE, "POST", "/upload/storage/v1/b/results/o?name=x") == "upload"

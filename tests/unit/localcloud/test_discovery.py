from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.wire.discovery import check_query, normalize
from localcloud.wire.errors import ApiError


def violations(api: str, schema: str, message: Any, root: str = "") -> list[tuple[str, str]]:
    with pytest.raises(ApiError) as caught:
        normalize(api, schema, message, root)
    return [(violation.field, violation.description) for violation in caught.value.violations]


def test_an_unknown_field_is_named_with_googles_words_and_its_path() -> None:
    job: Any = {"taskGroups": [{"taskSpec": {"runnable": []}}]}
    field = "job.task_groups[0].task_spec"
    said = (
        f"Invalid JSON payload received. Unknown name \"runnable\" at '{field}': Cannot find field."
    )
    assert violations("batch.v1", "Job", job, "job") == [(field, said)]


def test_every_wrong_field_is_told_at_once() -> None:
    job = {"priority": "high", "labels": [], "taskGroups": [{"taskCount": 1.5}]}
    fields = [field for field, _ in violations("batch.v1", "Job", job, "job")]
    assert fields == ["job.priority", "job.labels", "job.task_groups[0].task_count"]


def test_spellings_of_protobufs_json_become_one() -> None:
    job = {
        "task_groups": [{"task_count": 3, "scheduling_policy": 2, "parallelism": "7"}],
        "labels": None,
        "uid": "output only",
    }
    assert normalize("batch.v1", "Job", job) == {
        "taskGroups": [{"taskCount": "3", "schedulingPolicy": "IN_ORDER", "parallelism": "7"}]
    }


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("TaskSpec", {"maxRunDuration": "1h"}),
        ("TaskSpec", {"maxRetryCount": 2**31}),
        ("TaskSpec", {"maxRetryCount": True}),
        ("TaskGroup", {"taskCount": "1.5"}),
        ("TaskGroup", {"taskCount": 2**63}),
        ("TaskGroup", {"schedulingPolicy": "SOON"}),
        ("TaskGroup", {"schedulingPolicy": 9}),
        ("TaskGroup", {"runAsNonRoot": "true"}),
        ("Runnable", {"labels": {"a": 1}}),
        ("Runnable", {"script": "text"}),
        ("Runnable", []),
    ],
)
def test_wrong_types_are_refused(schema: str, message: Any) -> None:
    assert len(violations("batch.v1", schema, message)) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON | st.dictionaries(st.sampled_from(["pipeline", "labels", "pubSubTopic"]), JSON))
def test_any_json_is_normalized_or_refused(message: Any) -> None:
    try:
        once = normalize("lifesciences.v2beta", "RunPipelineRequest", message)
    except ApiError as error:
        assert error.violations
    else:
        assert normalize("lifesciences.v2beta", "RunPipelineRequest", once) == once


def test_system_parameters_are_dropped_and_unknown_ones_refused() -> None:
    query = {"$alt": "json;enum-encoding=int", "prettyPrint": "false", "job_id": "j"}
    assert check_query("batch.v1", {"jobId": ""}, query) == {"jobId": "j"}
    with pytest.raises(ApiError, match='Unknown name "jobid"'):
        check_query("batch.v1", {"jobId": ""}, {"jobid": "j"})

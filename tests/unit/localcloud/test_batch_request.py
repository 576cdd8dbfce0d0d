from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.jobs.spec import (
    Api,
    Barrier,
    Container,
    Machine,
    Mount,
    PolicyAction,
    RetryRule,
    Script,
    ScriptFile,
)
from localcloud.wire.batch_request import check_job_id, parse_job
from localcloud.wire.errors import ApiError, Code

REGION = "us-central1"
SECRETS = {"projects/p/secrets/token/versions/1": "hush"}
MINIMAL: dict[str, Any] = {"taskGroups": [{"taskSpec": {"runnables": [{"script": {"text": "x"}}]}}]}
MAXIMAL: dict[str, Any] = {
    "priority": "99",
    "labels": {"run": "a"},
    "taskGroups": [
        {
            "taskCount": "7",
            "parallelism": "3",
            "taskCountPerNode": "2",
            "schedulingPolicy": "AS_SOON_AS_POSSIBLE",
            "taskEnvironments": [{"variables": {"N": "0"}}, {"variables": {"N": "1"}}],
            "taskSpec": {
                "environment": {"variables": {"A": "1"}},
                "computeResource": {"cpuMilli": "4000", "memoryMib": "1000"},
                "maxRunDuration": "60s",
                "maxRetryCount": 3,
                "lifecyclePolicies": [
                    {"action": "RETRY_TASK", "actionCondition": {"exitCodes": [50001]}}
                ],
                "volumes": [{"deviceName": "work", "mountPath": "/mnt/disks/work/"}],
                "runnables": [
                    {
                        "displayName": "align",
                        "container": {
                            "imageUri": "quay.io/x:1",
                            "entrypoint": "bash",
                            "commands": ["-c", "true"],
                            "volumes": ["/mnt/disks/work/in:/data:ro", "/var/x:/y"],
                            "options": "--network host",
                        },
                        "environment": {"variables": {"B": "2"}},
                        "timeout": "5s",
                        "alwaysRun": True,
                        "labels": {"k": "v"},
                    },
                    {"script": {"path": "/mnt/disks/work/run.sh"}, "background": True},
                ],
            },
        }
    ],
    "allocationPolicy": {
        "location": {"allowedLocations": ["zones/us-central1-f"]},
        "labels": {"k": "v"},
        "instances": [
            {
                "policy": {
                    "machineType": "c2-standard-8",
                    "provisioningModel": "SPOT",
                    "disks": [{"deviceName": "work", "newDisk": {"sizeGb": "50"}}],
                }
            }
        ],
    },
    "logsPolicy": {"destination": "CLOUD_LOGGING"},
}


def changed(path: str, value: Any) -> dict[str, Any]:
    body = deepcopy(MAXIMAL)
    *heads, last = path.split(".")
    place: Any = body
    for head in heads:
        place = place[int(head)] if head.isdecimal() else place[head]
    place[last] = value
    return body


def test_a_minimal_job_gets_the_documents_defaults() -> None:
    _, spec = parse_job(MINIMAL, REGION, SECRETS)
    assert spec.api is Api.BATCH
    assert spec.machine == Machine("e2-standard-2", 2, 8192, REGION, f"{REGION}-a")
    assert spec.steps[0].program == Script("x")
    assert spec.steps[0].name == "0"
    assert spec.task_environments == ({"BATCH_TASK_INDEX": "0", "BATCH_TASK_COUNT": "1"},)
    assert (spec.parallelism, spec.tasks_per_vm, spec.retry) == (1, 1, RetryRule())
    assert (spec.run_timeout, spec.total_timeout) == (None, None)


def container(**fields: Any) -> dict[str, Any]:
    return changed("taskGroups.0.taskSpec.runnables.0.container", {"imageUri": "x", **fields})


def test_options_of_a_container_are_split_as_by_a_shell() -> None:
    _, spec = parse_job(container(options="--user=0:0 --env 'A=b c'"), REGION, SECRETS)
    assert isinstance(spec.steps[0].program, Container)
    assert spec.steps[0].program.options == ("--user=0:0", "--env", "A=b c")


def test_options_are_ignored_where_images_are_streamed() -> None:
    streamed = container(options="--user=0:0", enableImageStreaming=True)
    _, spec = parse_job(streamed, REGION, SECRETS)
    assert spec.steps[0].program == Container("x", "", ())


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"options": "--env='A"}, "cannot be split into words: No closing quotation"),
        ({"options": "--network host", "blockExternalNetwork": True}, "names a network"),
    ],
)
def test_options_that_cannot_be_are_refused(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(ApiError, match=problem) as caught:
        parse_job(container(**fields), REGION, SECRETS)
    assert "runnables[0].container.options" in str(caught.value)


def test_a_maximal_job_is_understood_whole() -> None:
    request, spec = parse_job(MAXIMAL, REGION, SECRETS)
    assert request == MAXIMAL
    assert spec.machine == Machine(
        "c2-standard-8", 8, 32768, REGION, "us-central1-f", spot=True, disks=("work",)
    )
    assert [each["N"] for each in spec.task_environments] == ["0", "1"]
    assert spec.task_environments[1]["BATCH_TASK_COUNT"] == "2"
    assert (spec.parallelism, spec.tasks_per_vm) == (3, 2)
    assert spec.retry == RetryRule(3, PolicyAction.RETRY_TASK, frozenset({50001}))
    assert (spec.run_timeout, spec.environment) == (60, {"A": "1"})
    assert spec.volumes == (Mount("/mnt/disks/work", "work"),)
    first, second = spec.steps
    assert first.program == Container("quay.io/x:1", "bash", ("-c", "true"), ("--network", "host"))
    assert first.mounts == (
        Mount("/data", "work", "in", read_only=True),
        Mount("/y", "boot", "var/x"),
    )
    assert (first.name, first.timeout, first.always_run) == ("align", 5, True)
    assert second.program == ScriptFile("/mnt/disks/work/run.sh")
    assert second.background


def test_without_a_machine_type_the_smallest_that_fits_is_taken() -> None:
    body = deepcopy(MAXIMAL)
    del body["allocationPolicy"]["instances"][0]["policy"]["machineType"]
    _, spec = parse_job(body, REGION, SECRETS)
    assert spec.machine.machine_type == "e2-standard-4"


def test_in_order_means_one_at_a_time() -> None:
    body = deepcopy(MINIMAL)
    body["taskGroups"][0] |= {"taskCount": 5, "schedulingPolicy": "IN_ORDER"}
    _, spec = parse_job(body, REGION, SECRETS)
    assert (spec.task_count, spec.parallelism) == (5, 1)


def test_a_secret_reaches_the_step_but_not_the_reply() -> None:
    body = deepcopy(MINIMAL)
    secret = {"TOKEN": "projects/p/secrets/token/versions/1"}
    body["taskGroups"][0]["taskSpec"]["environment"] = {"secretVariables": secret}
    request, spec = parse_job(body, REGION, SECRETS)
    assert spec.environment == {"TOKEN": "hush"}
    assert "hush" not in str(request)


def test_an_unknown_secret_is_refused_by_name() -> None:
    body = deepcopy(MINIMAL)
    secret = {"TOKEN": "projects/p/secrets/other/versions/1"}
    body["taskGroups"][0]["taskSpec"]["environment"] = {"secretVariables": secret}
    with pytest.raises(ApiError, match="'projects/p/secrets/other/versions/1' is not in"):
        parse_job(body, REGION, SECRETS)


def test_a_barrier_needs_all_tasks_at_once() -> None:
    body = deepcopy(MINIMAL)
    body["taskGroups"][0] |= {"taskCount": 3, "parallelism": 2}
    body["taskGroups"][0]["taskSpec"]["runnables"].append({"barrier": {"name": "b"}})
    with pytest.raises(ApiError, match="a barrier needs all 3 tasks"):
        parse_job(body, REGION, SECRETS)
    body["taskGroups"][0]["parallelism"] = 3
    _, spec = parse_job(body, REGION, SECRETS)
    assert spec.steps[1].program == Barrier("b")


GROUP = "taskGroups.0"
SPEC = f"{GROUP}.taskSpec"
IN_GROUP = "job.task_groups[0]"
IN_SPEC = f"{IN_GROUP}.task_spec"
POLICY = "allocationPolicy.instances.0.policy"
IN_POLICY = "job.allocation_policy.instances[0].policy"


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("labels", {"Bad": "x"}, "job.labels"),
        ("priority", -1, "job.priority"),
        (f"{GROUP}.parallelism", 5001, f"{IN_GROUP}.parallelism"),
        (f"{GROUP}.schedulingPolicy", "IN_ORDER", f"{IN_GROUP}.parallelism"),
        (f"{SPEC}.runnables", [], f"{IN_SPEC}.runnables"),
        (f"{SPEC}.maxRetryCount", 11, f"{IN_SPEC}.max_retry_count"),
        (f"{SPEC}.maxRunDuration", "-1s", f"{IN_SPEC}.max_run_duration"),
        (f"{SPEC}.lifecyclePolicies", [{}], f"{IN_SPEC}.lifecycle_policies[0]"),
        (f"{SPEC}.lifecyclePolicies", [{}, {}], f"{IN_SPEC}.lifecycle_policies"),
        (f"{SPEC}.volumes.0.deviceName", "other", f"{IN_SPEC}.volumes[0].device_name"),
        (f"{SPEC}.volumes.0.mountPath", "x", f"{IN_SPEC}.volumes[0].mount_path"),
        (f"{SPEC}.runnables.0.script", {"text": "x"}, f"{IN_SPEC}.runnables[0]"),
        (f"{SPEC}.runnables.1.script", {}, f"{IN_SPEC}.runnables[1].script"),
        (f"{SPEC}.runnables.0.timeout", "0s", f"{IN_SPEC}.runnables[0].timeout"),
        (
            f"{SPEC}.runnables.0.container.imageUri",
            "",
            f"{IN_SPEC}.runnables[0].container.image_uri",
        ),
        (
            f"{SPEC}.runnables.0.container.volumes",
            ["named:/data"],
            f"{IN_SPEC}.runnables[0].container.volumes[0]",
        ),
        (f"{POLICY}.machineType", "c2-standard-9", f"{IN_POLICY}.machine_type"),
        (f"{POLICY}.disks.0.deviceName", "../x", f"{IN_POLICY}.disks[0].device_name"),
        ("logsPolicy", {"destination": "PATH"}, "job.logs_policy.logs_path"),
        ("allocationPolicy.instances", [{}, {}], "job.allocation_policy.instances"),
        (
            "allocationPolicy.location.allowedLocations",
            ["us-central1"],
            "job.allocation_policy.location.allowed_locations[0]",
        ),
    ],
)
def test_a_wrong_value_is_refused_naming_its_field(path: str, value: Any, field: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_job(changed(path, value), REGION, SECRETS)
    assert caught.value.code is Code.INVALID_ARGUMENT
    assert [violation.field for violation in caught.value.violations] == [field]


@pytest.mark.parametrize(
    ("remote", "bucket", "folder"),
    [("data", "data", ""), ("data/", "data", ""), ("data/a/b", "data", "a/b/")],
)
def test_a_bucket_is_a_disk_of_its_own(remote: str, bucket: str, folder: str) -> None:
    volume = {"gcs": {"remotePath": remote}, "mountPath": "/mnt/in"}
    _, spec = parse_job(changed(f"{SPEC}.volumes", [volume]), REGION, SECRETS)
    (disk,) = spec.buckets
    assert (disk.bucket, disk.folder) == (bucket, folder)
    assert spec.volumes == (Mount("/mnt/in", disk.disk),)
    assert disk.disk not in spec.machine.disks


def test_a_bucket_without_a_name_is_refused() -> None:
    volume = {"gcs": {"remotePath": "gs://data"}, "mountPath": "/mnt/in"}
    with pytest.raises(ApiError, match="remote_path': 'gs://data' is not BUCKET"):
        parse_job(changed(f"{SPEC}.volumes", [volume]), REGION, SECRETS)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{POLICY}.accelerators", [{"type": "nvidia-tesla-t4", "count": 1}]),
        (f"{SPEC}.volumes.0", {"nfs": {"server": "s", "remotePath": "/b"}, "mountPath": "/x"}),
        ("allocationPolicy.instances.0", {"instanceTemplate": "t"}),
    ],
)
def test_what_is_not_played_is_refused_as_unimplemented(path: str, value: Any) -> None:
    body = deepcopy(MAXIMAL)
    *heads, last = path.split(".")
    place: Any = body
    for head in heads:
        place = place[int(head)] if head.isdecimal() else place[head]
    place[int(last) if last.isdecimal() else last] = value
    with pytest.raises(ApiError, match="the local cloud does not play") as caught:
        parse_job(body, REGION, SECRETS)
    assert caught.value.code is Code.UNIMPLEMENTED


@given(st.from_regex(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True))
def test_googles_form_of_an_id_is_accepted(job_id: str) -> None:
    check_job_id(job_id)


@given(st.text())
def test_nothing_else_gets_past_the_id_check(job_id: str) -> None:
    try:
        check_job_id(job_id)
    except ApiError:
        return
    assert job_id.isascii()
    assert len(job_id) <= 63
    assert "/" not in job_id

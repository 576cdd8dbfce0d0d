from copy import deepcopy
from typing import Any

import pytest

from localcloud.jobs.spec import Api, Container, Machine, Mount
from localcloud.wire.errors import ApiError, Code
from localcloud.wire.lifesciences_request import parse_run_request

MINIMAL: dict[str, Any] = {
    "pipeline": {"actions": [{"imageUri": "bash"}], "resources": {"regions": ["us-central1"]}}
}
MAXIMAL: dict[str, Any] = {
    "labels": {"run": "a"},
    "pubSubTopic": "projects/p/topics/t",
    "pipeline": {
        "timeout": "60.5s",
        "environment": {"A": "1"},
        "actions": [
            {
                "containerName": "Align-1",
                "imageUri": "quay.io/x:1",
                "entrypoint": "bash",
                "commands": ["-c", "true"],
                "environment": {"B": "2"},
                "labels": {"any thing": "Goes"},
                "mounts": [{"disk": "work", "path": "/mnt/work", "readOnly": True}],
                "timeout": "5s",
                "alwaysRun": True,
                "ignoreExitStatus": True,
                "runInBackground": True,
                "disableStandardErrorCapture": True,
                "pidNamespace": "x",
                "portMappings": {"22": 22},
                "enableFuse": True,
            }
        ],
        "resources": {
            "zones": ["europe-west4-b", "europe-west4-c"],
            "virtualMachine": {
                "machineType": "n2-highmem-4",
                "preemptible": True,
                "labels": {"k": "v"},
                "bootDiskSizeGb": 20,
                "volumes": [
                    {"volume": "work", "persistentDisk": {"sizeGb": 375, "type": "local-ssd"}}
                ],
                "serviceAccount": {"email": "default", "scopes": []},
                "network": {"network": "default", "usePrivateAddress": True},
            },
        },
    },
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The maximal request with one field replaced; numbers in the path are list places."""
    body = deepcopy(MAXIMAL)
    *heads, last = path.split(".")
    place: Any = body
    for head in heads:
        place = place[int(head)] if head.isdecimal() else place[head]
    place[last] = value
    return body


def test_a_minimal_request_gets_the_documents_defaults() -> None:
    _, spec = parse_run_request(MINIMAL)
    assert spec.api is Api.LIFE_SCIENCES
    assert spec.machine == Machine("n1-standard-1", 1, 3840, "us-central1", "us-central1-a")
    assert spec.total_timeout == 7 * 24 * 3600
    assert spec.steps[0].program == Container("bash", "", ())
    assert spec.steps[0].name == "bash"
    assert spec.steps[0].capture_stderr


def test_a_maximal_request_is_understood_whole() -> None:
    request, spec = parse_run_request(MAXIMAL)
    assert request == MAXIMAL
    assert spec.machine == Machine(
        "n2-highmem-4", 4, 32768, "europe-west4", "europe-west4-b", spot=True, disks=("work",)
    )
    assert (spec.total_timeout, spec.environment) == (60.5, {"A": "1"})
    step = spec.steps[0]
    assert step.name == "Align-1"
    assert step.program == Container("quay.io/x:1", "bash", ("-c", "true"))
    assert step.mounts == (Mount("/mnt/work", "work", read_only=True),)
    assert (step.timeout, step.environment) == (5, {"B": "2"})
    assert step.always_run
    assert step.ignore_exit_status
    assert step.background
    assert not step.capture_stderr


@pytest.mark.parametrize("region", ["us", "eu"])
def test_the_old_multi_regions_mean_a_region(region: str) -> None:
    body = {"pipeline": MINIMAL["pipeline"] | {"resources": {"regions": [region]}}}
    _, spec = parse_run_request(body)
    assert spec.machine.region == {"us": "us-central1", "eu": "europe-west4"}[region]


ACTION = "pipeline.actions.0"
VM = "pipeline.resources.virtualMachine"
IN_VM = "pipeline.resources.virtual_machine"


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (f"{ACTION}.containerName", "-x", "pipeline.actions[0].container_name"),
        (f"{ACTION}.containerName", "a.b", "pipeline.actions[0].container_name"),
        (f"{ACTION}.timeout", "0s", "pipeline.actions[0].timeout"),
        (f"{ACTION}.imageUri", "", "pipeline.actions[0].image_uri"),
        (f"{ACTION}.mounts.0.disk", "other", "pipeline.actions[0].mounts[0].disk"),
        (f"{ACTION}.mounts.0.path", "relative", "pipeline.actions[0].mounts[0].path"),
        (f"{ACTION}.mounts.0.path", "/", "pipeline.actions[0].mounts[0].path"),
        (f"{ACTION}.environment", {"a=b": "c"}, "pipeline.actions[0].environment"),
        ("pipeline.resources.regions", ["us-central1"], "pipeline.resources"),
        ("pipeline.resources.zones", [], "pipeline.resources"),
        ("pipeline.resources.zones", ["nowhere"], "pipeline.resources.zones[0]"),
        (f"{VM}.machineType", "e2-standart-2", f"{IN_VM}.machine_type"),
        (f"{VM}.labels", {"google-x": "y"}, f"{IN_VM}.labels"),
        (f"{VM}.disks", [{"name": "x"}], IN_VM),
        (f"{VM}.volumes.0.volume", "a/b", f"{IN_VM}.volumes[0].volume"),
        (
            f"{VM}.volumes.0.persistentDisk.sizeGb",
            100,
            f"{IN_VM}.volumes[0].persistent_disk.size_gb",
        ),
        (
            f"{VM}.volumes.0.persistentDisk.sizeGb",
            -1,
            f"{IN_VM}.volumes[0].persistent_disk.size_gb",
        ),
        (f"{VM}.volumes.0.nfsMount", {"target": "x"}, f"{IN_VM}.volumes[0]"),
    ],
)
def test_a_wrong_value_is_refused_naming_its_field(path: str, value: Any, field: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_run_request(changed(path, value))
    assert caught.value.code is Code.INVALID_ARGUMENT
    assert [violation.field for violation in caught.value.violations] == [field]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{VM}.accelerators", [{"type": "nvidia-tesla-t4", "count": "1"}]),
        (f"{ACTION}.credentials", {"keyName": "k", "cipherText": "c"}),
        (f"{ACTION}.encryptedEnvironment", {"keyName": "k", "cipherText": "c"}),
        ("pipeline.encryptedEnvironment", {"keyName": "k", "cipherText": "c"}),
        (f"{VM}.volumes", [{"volume": "work", "nfsMount": {"target": "host:/x"}}]),
        (f"{VM}.volumes", [{"volume": "work", "existingDisk": {"disk": "d"}}]),
    ],
)
def test_what_is_not_played_is_refused_as_unimplemented(path: str, value: Any) -> None:
    with pytest.raises(ApiError, match="the local cloud does not play") as caught:
        parse_run_request(changed(path, value))
    assert caught.value.code is Code.UNIMPLEMENTED

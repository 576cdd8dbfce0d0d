"""Every check sees its illness and names the cure."""

from typing import Any

import pytest

from headrace.deploy import doctor
from headrace.deploy.doctor import AFTER, BEFORE, Finding, Patient
from tests.unit.deploy.programs import Programs

WORKER = "serviceAccount:headrace-worker@lab-project.iam.gserviceaccount.com"
CONTROLLER = "serviceAccount:headrace-controller@lab-project.iam.gserviceaccount.com"
OUTPUTS = {
    "inbox": "in",
    "function": "headrace-start",
    "subnetwork": "projects/p/regions/us-central1/subnetworks/s",
    "image_repository_id": "projects/p/locations/us-central1/repositories/images",
}
HEALTHY: dict[str, Any] = {
    "print-access-token": "token\n",
    "config get-value account": "ada@example.org\n",
    "services list": [{"config": {"name": f"{name}.googleapis.com"}} for name in doctor.APIS],
    "regions describe": {"quotas": [{"metric": "CPUS", "limit": 24.0, "usage": 4.0}]},
    "org-policies list": [],
    "projects get-iam-policy": {
        "bindings": [{"role": "roles/batch.jobsEditor", "members": [CONTROLLER]}]
    },
    "buckets describe": {"location": "US-CENTRAL1"},
    "functions describe": {"eventTrigger": {"triggerRegion": "us-central1"}},
    "subnets describe": {"privateIpGoogleAccess": True},
    "repositories get-iam-policy": {
        "bindings": [{"role": "roles/artifactregistry.reader", "members": [CONTROLLER, WORKER]}]
    },
}
ILLNESSES: list[tuple[str, str, Any, str, str]] = [
    ("credentials", "config get-value account", "\n", "nobody is logged in", "gcloud auth login"),
    ("APIs", "services list", [], "off: artifactregistry", "gcloud services enable"),
    (
        "quotas",
        "regions describe",
        {"quotas": [{"metric": "CPUS", "limit": 8.0, "usage": 4.0}]},
        "4 processors are free",
        "quotas?project=lab-project",
    ),
    (
        "org policies",
        "org-policies list",
        [{"constraint": "constraints/gcp.resourceLocations"}],
        "set: constraints/gcp.resourceLocations",
        "gcloud resource-manager org-policies describe",
    ),
    (
        "roles",
        "projects get-iam-policy",
        {"bindings": [{"role": "roles/editor", "members": [WORKER]}]},
        "has roles/editor",
        "headrace deploy apply",
    ),
    ("roles", "projects get-iam-policy", {}, "0 accounts may use Batch", "headrace deploy apply"),
    ("regions", "buckets describe", {"location": "EU"}, "inbox in eu", "headrace deploy apply"),
    (
        "network",
        "subnets describe",
        {"privateIpGoogleAccess": False},
        "is off",
        "--enable-private-ip-google-access",
    ),
    (
        "image pull",
        "repositories get-iam-policy",
        {"bindings": [{"role": "roles/artifactregistry.reader", "members": [WORKER]}]},
        "no right for: controller",
        "headrace deploy apply",
    ),
]


def examine(programs: Programs, outputs: dict[str, str]) -> dict[str, Finding]:
    patient = Patient(programs.tools, "lab-project", "us-central1", outputs)
    return {finding.check: finding for finding in doctor.examine(patient, (*BEFORE, *AFTER))}


@pytest.fixture
def healthy(programs: Programs) -> Programs:
    for words, value in HEALTHY.items():
        programs.answer(words, value)
    return programs


def test_a_healthy_installation_has_no_findings(healthy: Programs) -> None:
    findings = examine(healthy, OUTPUTS)
    assert len(findings) == 9
    assert [finding for finding in findings.values() if not finding.well or finding.fix] == []


@pytest.mark.parametrize("illness", ILLNESSES, ids=lambda illness: illness[3])
def test_an_illness_is_seen_with_its_cure(
    healthy: Programs, illness: tuple[str, str, Any, str, str]
) -> None:
    check, words, value, detail, fix = illness
    healthy.answer(words, value)
    ill = {name: f for name, f in examine(healthy, OUTPUTS).items() if not f.well}
    assert set(ill) == {check}
    assert detail in ill[check].detail
    assert fix in ill[check].fix


def test_a_check_that_cannot_be_made_is_a_finding_and_the_others_go_on(healthy: Programs) -> None:
    healthy.fail("services list", "PERMISSION_DENIED")
    healthy.remove("terraform")
    findings = examine(healthy, OUTPUTS)
    assert {name for name, finding in findings.items() if not finding.well} == {"programs", "APIs"}
    assert "not on PATH: terraform" in findings["programs"].detail
    assert "PERMISSION_DENIED" in findings["APIs"].detail
    assert findings["APIs"].fix.startswith("gcloud services enable")


def test_what_terraform_has_not_made_is_said(healthy: Programs) -> None:
    findings = examine(healthy, {})
    assert findings["network"].detail == "Terraform made no subnetwork yet."
    assert findings["network"].fix == "headrace deploy apply"

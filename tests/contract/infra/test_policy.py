"""What a plan may never contain, and the proof that each rule sees what it is for."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from headrace.deploy import plans
from tests.contract.infra import policy
from tests.contract.infra.conftest import variables
from tests.contract.infra.terraform import Terraform

MISTAKES = {
    "may be made public": ("modules/buckets/main.tf", '"enforced"', '"inherited"'),
    "has access lists": ("modules/buckets/main.tf", "level_access = true", "level_access = false"),
    "is for everybody": (
        "modules/function/main.tf",
        '"serviceAccount:${var.caller}"',
        '"allUsers"',
    ),
    "on the whole project": (
        "modules/accounts/main.tf",
        'worker     = ["roles/batch.agentReporter"',
        'worker     = ["roles/iam.serviceAccountUser"',
    ),
    "makes subnetworks everywhere": (
        "modules/network/main.tf",
        "auto_create_subnetworks = false",
        "auto_create_subnetworks = true",
    ),
    "by public addresses only": (
        "modules/network/main.tf",
        "private_ip_google_access = true",
        "private_ip_google_access = false",
    ),
    "lets others in": ("modules/network/main.tf", "  deny {\n", "  allow {\n"),
    "to others than Google": ("modules/network/main.tf", "[local.vip.range]", '["0.0.0.0/0"]'),
    "reachable from outside": (
        "modules/function/main.tf",
        "ALLOW_INTERNAL_ONLY",
        "ALLOW_ALL",
    ),
    "loses events": (
        "modules/function/main.tf",
        "RETRY_POLICY_RETRY",
        "RETRY_POLICY_DO_NOT_RETRY",
    ),
    "default account": (
        "modules/function/main.tf",
        "service_account_email            = var.account",
        "service_account_email            = null",
    ),
    "does not say who calls": (
        "modules/schedule/main.tf",
        """    oidc_token {
      service_account_email = var.caller
      audience              = var.uri
    }
""",
        "",
    ),
    "is not pinned by digest": (
        "main.tf",
        "stage_image                = var.stage_image",
        'stage_image                = "stage:latest"',
    ),
    "tells no guard": (
        "modules/budget/main.tf",
        "topics/${google_pubsub_topic.budget.name}",
        "topics/another",
    ),
    "tells nobody by e-mail": (
        "modules/budget/main.tf",
        "    monitoring_notification_channels",
        "    disable_default_iam_recipients = true\n    #",
    ),
    "billing export": ("modules/registry/main.tf", "  labels        = var.labels\n", ""),
}


def test_the_plan_breaks_no_rule(plan: dict[str, Any]) -> None:
    assert policy.violations(plan) == []


@pytest.fixture(scope="module")
def broken(tf: Terraform, initialised: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What is found in a plan with all of these mistakes at once."""
    home = tmp_path_factory.mktemp("broken")
    folder = Path(shutil.copytree(initialised, home / "infra"))
    for file, right, wrong in MISTAKES.values():
        text = (folder / file).read_text()
        assert right in text
        (folder / file).write_text(text.replace(right, wrong, 1))
    return policy.violations(tf.plan(folder, variables(home)))


@pytest.mark.parametrize("sentence", MISTAKES)
def test_a_plan_that_breaks_a_rule_is_caught(broken: list[str], sentence: str) -> None:
    assert [violation for violation in broken if sentence in violation]


def test_nothing_is_caught_but_the_mistakes(broken: list[str]) -> None:
    assert [found for found in broken if not any(part in found for part in MISTAKES)] == []


def test_grants_that_replace_those_of_others_are_caught(plan: dict[str, Any]) -> None:
    """Written by hand: the schema we keep has no such resource."""
    (grant, *_) = plans.resources(plan, "google_project_iam_member")
    module = {"resources": [{**grant, "type": "google_project_iam_binding", "address": "taken"}]}
    found = policy.violations({"planned_values": {"root_module": module}})
    assert found == ["taken takes roles away from others"]


def test_only_the_next_one_of_the_chain_may_be_acted_as(plan: dict[str, Any]) -> None:
    """The function as the controller, the controller as the worker: batch.jobsEditor's fence."""
    grants = plans.resources(plan, "google_service_account_iam_member")
    pairs = {
        (
            grant["values"]["member"].partition(":")[2].partition("@")[0],
            grant["values"]["service_account_id"].rpartition("/")[2].partition("@")[0],
        )
        for grant in grants
    }
    assert pairs == {
        ("headrace-function", "headrace-controller"),
        ("headrace-controller", "headrace-worker"),
    }

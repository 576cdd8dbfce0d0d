"""What no plan of ours may contain, whatever its variables: each rule yields what breaks it."""

import re
from collections.abc import Iterator
from typing import Any

from headrace.deploy.plans import Plan, Resource, resources

EVERYBODY = {"allUsers", "allAuthenticatedUsers"}
NEVER_ON_PROJECTS = {
    "roles/compute.admin",
    "roles/editor",
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.serviceAccountUser",
    "roles/owner",
    "roles/storage.admin",
}
OTHER_LABELS = {"google_monitoring_notification_channel"}
"""Their `labels` are settings; `user_labels` is what others call labels, and they cost nothing."""
_PINNED = re.compile(r"@sha256:[0-9a-f]{64}\Z")
_GOOGLES_ADDRESSES = {"199.36.153.4/30", "199.36.153.8/30"}


def violations(plan: Plan) -> list[str]:
    """Return what is wrong with a plan, each as one sentence that names the resource."""
    rules = (
        _public_buckets,
        _public_grants,
        _broad_grants,
        _authoritative_grants,
        _public_addresses,
        _open_firewalls,
        _reachable_functions,
        _anonymous_calls,
        _floating_images,
        _silent_budgets,
        _unlabelled,
    )
    return [sentence for rule in rules for sentence in rule(plan)]


def _grants(plan: Plan) -> Iterator[Resource]:
    """Yield everything that gives somebody a role."""
    return (resource for resource in resources(plan) if "_iam_" in resource["type"])


def _public_buckets(plan: Plan) -> Iterator[str]:
    for bucket in resources(plan, "google_storage_bucket"):
        values = bucket["values"]
        if values["public_access_prevention"] != "enforced":
            yield f"{bucket['address']} may be made public"
        if values["uniform_bucket_level_access"] is not True:
            yield f"{bucket['address']} has access lists on single objects"


def _public_grants(plan: Plan) -> Iterator[str]:
    for grant in _grants(plan):
        if grant["values"].get("member") in EVERYBODY:
            yield f"{grant['address']} is for everybody"


def _broad_grants(plan: Plan) -> Iterator[str]:
    for grant in resources(plan, "google_project_iam_member"):
        if grant["values"]["role"] in NEVER_ON_PROJECTS:
            yield f"{grant['address']} gives {grant['values']['role']} on the whole project"


def _authoritative_grants(plan: Plan) -> Iterator[str]:
    for grant in _grants(plan):
        if not grant["type"].endswith("_iam_member"):
            yield f"{grant['address']} takes roles away from others"


def _public_addresses(plan: Plan) -> Iterator[str]:
    for address in resources(plan, "google_compute_address", "google_compute_global_address"):
        yield f"{address['address']} is a public address"
    for network in resources(plan, "google_compute_network"):
        if network["values"]["auto_create_subnetworks"] is not False:
            yield f"{network['address']} makes subnetworks everywhere"
    for subnetwork in resources(plan, "google_compute_subnetwork"):
        if subnetwork["values"]["private_ip_google_access"] is not True:
            yield f"{subnetwork['address']} reaches Google by public addresses only"


def _open_firewalls(plan: Plan) -> Iterator[str]:
    for rule in resources(plan, "google_compute_firewall"):
        values = rule["values"]
        if values["allow"] and values["direction"] == "INGRESS":
            yield f"{rule['address']} lets others in"
        if values["allow"] and not set(values.get("destination_ranges", [])) <= _GOOGLES_ADDRESSES:
            yield f"{rule['address']} lets data out to others than Google"


def _reachable_functions(plan: Plan) -> Iterator[str]:
    for function in resources(plan, "google_cloudfunctions2_function"):
        (service,) = function["values"]["service_config"]
        triggers = function["values"].get("event_trigger") or []
        if service["ingress_settings"] != "ALLOW_INTERNAL_ONLY":
            yield f"{function['address']} is reachable from outside"
        if any(trigger["retry_policy"] != "RETRY_POLICY_RETRY" for trigger in triggers):
            yield f"{function['address']} loses events"
        if not all(part.get("service_account_email") for part in (service, *triggers)):
            yield f"{function['address']} runs as the project's default account"


def _anonymous_calls(plan: Plan) -> Iterator[str]:
    for job in resources(plan, "google_cloud_scheduler_job"):
        for target in job["values"].get("http_target") or []:
            if not target.get("oidc_token"):
                yield f"{job['address']} does not say who calls"


def _floating_images(plan: Plan) -> Iterator[str]:
    for function in resources(plan, "google_cloudfunctions2_function"):
        (service,) = function["values"]["service_config"]
        for name, value in service["environment_variables"].items():
            if name.endswith("_IMAGE") and not _PINNED.search(value):
                yield f"{function['address']}: {name} is not pinned by digest"


def _silent_budgets(plan: Plan) -> Iterator[str]:
    topics = {topic["values"]["name"] for topic in resources(plan, "google_pubsub_topic")}
    for budget in resources(plan, "google_billing_budget"):
        (route,) = budget["values"]["all_updates_rule"] or [{}]
        if (route.get("pubsub_topic") or "").rpartition("/")[2] not in topics:
            yield f"{budget['address']} tells no guard"
        if not _has_email(route):
            yield f"{budget['address']} tells nobody by e-mail"


def _has_email(route: dict[str, Any]) -> bool:
    channels = route.get("monitoring_notification_channels")
    return bool(channels) or route.get("disable_default_iam_recipients") is not True


def _unlabelled(plan: Plan) -> Iterator[str]:
    for resource in resources(plan):
        values = resource["values"]
        takes_labels = "labels" in values and resource["type"] not in OTHER_LABELS
        if takes_labels and not (values["labels"] or {}).get("app"):
            yield f"{resource['address']} is missing in the billing export's labels"

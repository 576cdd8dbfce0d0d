"""What a Terraform plan says, as `terraform show -json` tells it: pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Plan = Mapping[str, Any]
Resource = Mapping[str, Any]

_MEMBER = re.compile(r"serviceAccount:(?P<name>[^@]+)@(?P<home>[a-z0-9.-]+)\Z")
_PLACES = {
    "google_artifact_registry_repository_iam_member": ("repository", "repository"),
    "google_cloud_run_v2_service_iam_member": ("function", "name"),
    "google_kms_crypto_key_iam_member": ("key", "crypto_key_id"),
    "google_pubsub_topic_iam_member": ("topic", "topic"),
    "google_secret_manager_secret_iam_member": ("secret", "secret_id"),
    "google_service_account_iam_member": ("account", "service_account_id"),
    "google_storage_bucket_iam_member": ("bucket", "bucket"),
}


@dataclass(frozen=True, order=True)
class Grant:
    """Somebody's role on something; names are short, without the installation's prefix."""

    who: str
    role: str
    where: str


def resources(plan: Plan, *kinds: str) -> Iterator[Resource]:
    """Yield what will be there of these kinds, in all modules; of all kinds if none is named."""
    for resource in _all(plan["planned_values"].get("root_module", {})):
        if resource["mode"] == "managed" and (not kinds or resource["type"] in kinds):
            yield resource


def _all(module: Mapping[str, Any]) -> Iterator[Resource]:
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from _all(child)


def variable(plan: Plan, name: str) -> str:
    """Return the value that a variable has in this plan."""
    return str(plan["variables"][name]["value"])


def changes(plan: Plan) -> dict[str, list[str]]:
    """Return the addresses of what will be created, updated, replaced or deleted, by that word."""
    found: dict[str, list[str]] = {}
    for change in plan.get("resource_changes", []):
        actions = change["change"]["actions"]
        word = "replace" if len(actions) > 1 else actions[0]
        if word not in {"no-op", "read"}:
            found.setdefault(word, []).append(change["address"])
    return found


def grants(plan: Plan) -> list[Grant]:
    """Return who gets which role on what, sorted."""
    prefix, project = variable(plan, "prefix"), variable(plan, "project_id")
    return sorted(
        {
            _grant(resource, prefix, project)
            for resource in resources(plan)
            if resource["type"].endswith("_iam_member")
        }
    )


def _grant(resource: Resource, prefix: str, project: str) -> Grant:
    values = resource["values"]
    where = "the project"
    if resource["type"] != "google_project_iam_member":
        word, attribute = _PLACES[resource["type"]]
        where = f"{word} {_short(str(values[attribute]), prefix, project)}"
    limits = [f", {condition['title']}" for condition in values.get("condition") or []]
    role = str(values["role"]).removeprefix("roles/")
    return Grant(_who(values.get("member"), prefix, project), role, where + "".join(limits))


def _who(member: str | None, prefix: str, project: str) -> str:
    """Name an account; the only one whose address a plan does not know is Cloud Storage's own."""
    if member is None:
        return "Google's Cloud Storage agent"
    found = _MEMBER.match(member)
    if found is None:
        return member
    if found["home"] == f"{project}.iam.gserviceaccount.com":
        return found["name"].removeprefix(f"{prefix}-")
    return f"Google's agent {found['home'].partition('.')[0]}"


def _short(name: str, prefix: str, project: str) -> str:
    """Shorten `projects/P/…/PREFIX-name@…` and `PROJECT-PREFIX-name` to `name`."""
    last = name.rpartition("/")[2].partition("@")[0]
    return last.removeprefix(f"{project}-").removeprefix(f"{prefix}-")

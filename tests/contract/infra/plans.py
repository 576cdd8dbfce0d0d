"""What a plan says, as `terraform show -json` tells it."""

from collections.abc import Iterator, Mapping
from typing import Any

Plan = Mapping[str, Any]
Resource = Mapping[str, Any]


def resources(plan: Plan, *kinds: str) -> Iterator[Resource]:
    """Yield what will be there of these kinds, in all modules; of all kinds if none is named."""
    for resource in _all(plan["planned_values"]["root_module"]):
        if resource["mode"] == "managed" and (not kinds or resource["type"] in kinds):
            yield resource


def _all(module: Mapping[str, Any]) -> Iterator[Resource]:
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from _all(child)


def grants(plan: Plan) -> Iterator[Resource]:
    """Yield everything that gives somebody a role."""
    return (resource for resource in resources(plan) if "_iam_" in resource["type"])


def output(plan: Plan, name: str) -> Any:
    """Return an output's value."""
    return plan["planned_values"]["outputs"][name]["value"]

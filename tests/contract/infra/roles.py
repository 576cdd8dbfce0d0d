"""The table of roles in docs/security.md, made from the plan.

`python -m tests.contract.infra.roles` writes it anew after a change in infra/modules/accounts.
"""

import json
import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.contract.infra import provider, terraform
from tests.contract.infra.conftest import PROJECT, variables
from tests.contract.infra.plans import Plan, Resource, grants
from tests.contract.infra.schema import GOOGLE_JSON

PAGE = Path(__file__).parents[3] / "docs" / "security.md"
BEGIN = "<!-- roles: made from the plan by tests/contract/infra/roles.py -->"
END = "<!-- end of roles -->"

_EMAIL = re.compile(r"serviceAccount:(?:headrace-)?(?P<name>[a-z0-9-]+)@(?P<home>[a-z0-9.-]+)\Z")
_AGENTS = {"gcp-sa-pubsub.iam.gserviceaccount.com": "Pub/Sub's own account"}


def table(plan: Plan) -> str:
    """Return the table, in Markdown."""
    rows = sorted({_row(grant) for grant in grants(plan)})
    lines = ["| account | role | on |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {who} | `{role}` | {where} |" for who, role, where in rows)])


def documented(page: str) -> str:
    """Return the table that a page holds."""
    return page.partition(BEGIN)[2].partition(END)[0].strip()


def _row(grant: Resource) -> tuple[str, str, str]:
    values = grant["values"]
    role = str(values["role"]).removeprefix("roles/")
    return _who(values.get("member")), role, _where(grant["type"], values)


def _who(member: str | None) -> str:
    """Name an account; the one whose address is not known in a plan is Cloud Storage's own."""
    found = _EMAIL.match(member) if member else None
    if found is None:
        return "Cloud Storage's own account"
    if found["home"] == f"{PROJECT}.iam.gserviceaccount.com":
        return found["name"]
    return _AGENTS[found["home"]]


def _where(kind: str, values: Mapping[str, object]) -> str:
    match kind:
        case "google_project_iam_member":
            return "the project"
        case "google_storage_bucket_iam_member":
            return f"bucket {_tail(values['bucket'])}{_limit(values['condition'])}"
        case "google_artifact_registry_repository_iam_member":
            return f"repository {_tail(values['repository'])}"
        case "google_service_account_iam_member":
            email = str(values["service_account_id"]).rpartition("/")[2]
            return f"account {_tail(email.partition('@')[0])}"
        case "google_cloud_run_v2_service_iam_member":
            return f"function {_tail(values['name'])}"
        case "google_pubsub_topic_iam_member":
            return f"topic {str(values['topic']).removeprefix('headrace-')}"
        case _:
            raise ValueError(f"no words for {kind}")


def _tail(name: object) -> str:
    return str(name).rpartition("-")[2]


def _limit(conditions: object) -> str:
    return (
        "".join(f", {c['title']}" for c in conditions) if isinstance(conditions, Iterable) else ""
    )


def main() -> None:
    """Write the table into the page."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        with provider.running(json.loads(GOOGLE_JSON.read_text()), home) as providers:
            plan = terraform.find(providers, home).plan(terraform.copy(home), variables(home))
    page = PAGE.read_text()
    PAGE.write_text(page.replace(documented(page), table(plan)))


if __name__ == "__main__":
    main()

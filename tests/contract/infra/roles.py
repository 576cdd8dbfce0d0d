"""The table of roles in docs/security.md, made from the plan.

`python -m tests.contract.infra.roles` writes it anew after a change in infra/modules/accounts.
"""

import json
import tempfile
from pathlib import Path

from headrace.deploy import plans
from headrace.deploy.plans import Plan
from tests.contract.infra import provider, terraform
from tests.contract.infra.conftest import variables
from tests.contract.infra.schema import GOOGLE_JSON

PAGE = Path(__file__).parents[3] / "docs" / "security.md"
BEGIN = "<!-- roles: made from the plan by tests/contract/infra/roles.py -->"
END = "<!-- end of roles -->"


def table(plan: Plan) -> str:
    """Return the table, in Markdown."""
    rows = [f"| {row.who} | `{row.role}` | {row.where} |" for row in plans.grants(plan)]
    return "\n".join(["| account | role | on |", "|---|---|---|", *rows])


def documented(page: str) -> str:
    """Return the table that a page holds."""
    return page.partition(BEGIN)[2].partition(END)[0].strip()


def main() -> None:
    """Write the table into the page."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        with provider.running(json.loads(GOOGLE_JSON.read_text()), home) as providers:
            tf, folder = terraform.find(providers, home), terraform.copy(home)
            tf.must(folder, "init")
            plan = tf.plan(folder, variables(home))
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{table(plan)}\n{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    main()

"""Every account's roles are the documented ones."""

from typing import Any

from tests.contract.infra import roles


def test_the_table_of_roles_is_what_the_plan_gives(plan: dict[str, Any]) -> None:
    assert roles.documented(roles.PAGE.read_text()) == roles.table(plan)

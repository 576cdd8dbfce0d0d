"""The kept schema holds what `infra/` uses; `make schema` compares it with the provider's."""

import json
import re

from tests.contract.infra import schema, terraform


def test_the_kept_schema_holds_what_is_used_and_no_more() -> None:
    text = "\n".join(path.read_text() for path in terraform.INFRA.rglob("*.tf"))
    kept = json.loads(schema.GOOGLE_JSON.read_text())
    used = set(re.findall(r'^resource "(\w+)"', text, re.MULTILINE))
    assert used == set(kept["resource_schemas"])
    assert set(re.findall(r'^data "(\w+)"', text, re.MULTILINE)) == set(kept["data_source_schemas"])
    assert kept["provider_version"] == "8.7.0"

"""The kept schema is the provider's, and holds what `infra/` uses."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

from tests.contract.infra import schema, terraform

GENERATED = importlib.util.find_spec("cdktn_provider_google")


@pytest.mark.skipif(GENERATED is None, reason="the 67 MB wheel is installed to renew the schema")
def test_the_kept_schema_is_what_the_wheel_holds() -> None:
    assert GENERATED is not None
    assert GENERATED.origin is not None
    folder = Path(GENERATED.origin).parents[1]
    assert schema.encode(schema.extract(folder)) == schema.GOOGLE_JSON.read_text()


def test_the_kept_schema_holds_what_is_used_and_no_more() -> None:
    text = "\n".join(path.read_text() for path in terraform.INFRA.rglob("*.tf"))
    kept = json.loads(schema.GOOGLE_JSON.read_text())
    used = set(re.findall(r'^resource "(\w+)"', text, re.MULTILINE))
    assert used == set(kept["resource_schemas"])
    assert set(re.findall(r'^data "(\w+)"', text, re.MULTILINE)) == set(kept["data_source_schemas"])
    assert kept["provider_version"] == "8.7.0"

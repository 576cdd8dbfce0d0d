"""A request is checked in full before anything of it is used."""

import json
import re
from typing import Any

import pytest

from headrace.errors import InputError, ObjectMissingError
from headrace.gcs import ObjectUri
from headrace.runs import request
from tests.unit.arrivals.memory import MemoryStore

URI = ObjectUri("results", "runs/paired-1/run.json")
REQUEST = {
    "run_id": "paired-1",
    "rule": "paired",
    "created": "2026-01-01T00:00:00Z",
    "image": "controller",
    "objects": [
        {
            "bucket": "inbox",
            "name": "run/s1_R1.gz",
            "generation": 17,
            "size": 5,
            "crc32c": "abc=",
            "fields": {"sample": "s1"},
        }
    ],
    "sheet": {"path": "config/samples.tsv", "columns": ["sample"], "rows": [["s1"]]},
    "config": {"calling": {"ploidy": 1}},
    "targets": ["all"],
}


def read(store: MemoryStore, document: Any) -> Any:
    store.write(URI, json.dumps(document).encode())
    return request.read(store, URI)


def test_a_good_request_is_read_whole(store: MemoryStore) -> None:
    found = read(store, REQUEST)
    assert found.objects[0].generation == 17
    assert found.sheet.rows == [["s1"]]
    assert found.config == {"calling": {"ploidy": 1}}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"run_id": "other"}, "another run"),
        ({"tragets": []}, "unknown key 'tragets'; did you mean 'targets'?"),
        ({"objects": [REQUEST["objects"][0] | {"name": "$(id)"}]}, "object name"),  # type: ignore[index]
        ({"targets": ["-x"]}, "begins with a dash"),
        ({"sheet": {"path": "../../x", "columns": [], "rows": []}}, "sheet path"),
        ({"sheet": {"path": "/etc/x", "columns": [], "rows": []}}, "must be relative"),
        ({"sheet": {"path": "x", "columns": ["a"], "rows": [["1", "2"]]}}, "but a row of 2"),
        ({"sheet": {"path": "x", "columns": ["a"], "rows": [["1\t2"]]}}, "holds a tab"),
        ({"created": "yesterday"}, "Invalid RFC3339"),
        ({"continues": "../../control"}, "former run"),
        ({"version": 2, "later": 1}, "version 2 is not known here, only 1"),
    ],
)
def test_a_wrong_request_gets_one_sentence(
    store: MemoryStore, change: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(InputError, match=re.escape(complaint)) as caught:
        read(store, REQUEST | change)
    assert "\n" not in str(caught.value)


def test_a_request_that_is_not_there_is_named(store: MemoryStore) -> None:
    with pytest.raises(ObjectMissingError, match=str(URI)):
        request.read(store, URI)


@pytest.mark.parametrize("name", ["run.json", "runs/run.json", "runs/a/b/run.json", "runs/a/x"])
def test_an_address_of_something_else_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="is no run"):
        request.run_id_of(ObjectUri("results", name))

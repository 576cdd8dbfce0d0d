"""A run for each object."""

from headrace.arrivals import triggers
from headrace.arrivals.decisions import Ready
from tests.unit.arrivals.listing import decided

RULES = triggers.parse(
    """
rules:
  - name: counts
    match: "{study}/{table}.csv"
    when: {kind: each}
""",
    "rules",
)


def test_an_object_is_ready_by_itself() -> None:
    (ready,) = decided(RULES, "a/x.csv", ["a/x.csv", "a/x.csv.csv", "a/y.csv"])
    assert isinstance(ready, Ready)
    assert [member.object.uri.name for member in ready.members] == ["a/x.csv"]
    assert ready.fields == {"study": "a", "table": "x"}


def test_an_object_that_is_gone_starts_nothing() -> None:
    assert decided(RULES, "a/x.csv", ["a/y.csv"]) == []

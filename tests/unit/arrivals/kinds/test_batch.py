"""One run of everything that arrives within a window."""

from datetime import timedelta

import pytest

from headrace.arrivals import requests, triggers
from headrace.arrivals.decisions import Decision, Ready, Waiting
from headrace.arrivals.kinds.batch import SLACK
from tests.unit.arrivals.listing import at, decided

RULES = triggers.parse(
    """
rules:
  - name: sensors
    match: "{site}/{sensor}.csv"
    when: {kind: batch, window: 10m, sharing: [site]}
""",
    "rules",
)
ARRIVALS = {"n/a.csv": 0, "n/b.csv": 9, "n/c.csv": 10, "s/d.csv": 5}
OVER = at(minutes=10) + SLACK


def members(decision: Decision) -> list[str]:
    assert isinstance(decision, Ready)
    return [member.object.uri.name for member in decision.members]


def test_a_batch_is_all_of_one_window_and_site_once_the_window_is_over() -> None:
    (decision,) = decided(RULES, "n/b.csv", ARRIVALS, OVER)
    assert members(decision) == ["n/a.csv", "n/b.csv"]
    (other,) = decided(RULES, "n/c.csv", ARRIVALS, at(minutes=30))
    assert members(other) == ["n/c.csv"]


@pytest.mark.parametrize(("name", "again"), [("n/a.csv", True), ("n/b.csv", False)])
def test_until_then_only_the_event_of_its_first_object_comes_again(name: str, again: bool) -> None:
    (decision,) = decided(RULES, name, ARRIVALS, OVER - timedelta(seconds=1))
    assert isinstance(decision, Waiting)
    assert (decision.again, decision.until) == (again, OVER)


def test_the_run_is_that_of_the_window_whatever_is_left_of_it() -> None:
    (all_there,) = decided(RULES, "n/a.csv", ARRIVALS, OVER)
    (one_gone,) = decided(RULES, "n/a.csv", {"n/a.csv": 0}, OVER)
    (next_window,) = decided(RULES, "n/c.csv", ARRIVALS, at(minutes=30))
    assert isinstance(all_there, Ready)
    assert isinstance(one_gone, Ready)
    assert isinstance(next_window, Ready)
    assert requests.run_id(all_there) == requests.run_id(one_gone)
    assert requests.run_id(all_there) < requests.run_id(next_window), "ids sort by window"
    assert all_there.fields == {"site": "n", "window": "20260101T000000Z"}

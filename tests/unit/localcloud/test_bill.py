import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.jobs.bill import Bill, VmUse


def use(
    seconds: float, machine: str = "e2-standard-4", *, spot: bool = False, **labels: str
) -> VmUse:
    return VmUse("batch", "j", labels, machine, spot, seconds)


@pytest.mark.parametrize(
    ("machine", "spot", "hourly"),
    [
        ("e2-standard-4", False, 0.13402),
        ("e2-standard-4", True, 0.08042),
        ("n1-standard-4", False, 0.19),
    ],
)
def test_an_hour_costs_the_published_price(machine: str, spot: bool, hourly: float) -> None:
    assert use(3600, machine, spot=spot).cost == pytest.approx(hourly, rel=1e-3)


@given(st.floats(0, 60))
def test_a_minute_is_the_least(seconds: float) -> None:
    assert use(seconds).billed_seconds == 60


def test_a_family_without_a_price_is_counted_but_not_priced() -> None:
    bill = Bill()
    bill.add(use(100, "c2-standard-4"))
    assert bill.statement()["total"] == {
        "machines": 1,
        "seconds": 100,
        "billedSeconds": 100,
        "cost": 0,
        "unpriced": 1,
    }


@given(st.lists(st.tuples(st.floats(0, 1e5), st.sampled_from("ab"))))
def test_jobs_and_labels_add_up_to_the_total(uses: list[tuple[float, str]]) -> None:
    bill = Bill()
    for seconds, run in uses:
        bill.add(use(seconds, run=run))
    statement = bill.statement()
    for part in ("jobs", "labels"):
        seconds = sum(line["billedSeconds"] for line in statement[part])
        assert seconds == pytest.approx(statement["total"]["billedSeconds"], abs=0.01)

"""The catalogue's entries become a price table, by their descriptions."""

from datetime import date

import pytest

from headrace.errors import RecordError
from headrace.money import catalog
from headrace.planning.pricetable import BUILT_IN
from tests.unit.money.skus import DECOYS, PRICES, catalogue, sku

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("description", "found"),
    [
        ("C4D Instance Core running in Iowa", ("cpu_hour", "c4d", False)),
        ("Spot Preemptible E2 Instance Ram running in Salt Lake City", ("gib_hour", "e2", True)),
        ("N1 Predefined Instance Ram running in Americas", ("gib_hour", "n1", False)),
        ("Spot Preemptible C4A Arm Instance Core running in Iowa", ("cpu_hour", "c4a", True)),
        ("Nvidia L4 GPU running in Hong Kong", ("gpu_hour", "nvidia-l4", False)),
        (
            "Nvidia Tesla A100 GPU attached to Spot Preemptible VMs running in Americas",
            ("gpu_hour", "nvidia-tesla-a100", True),
        ),
        ("Balanced PD Capacity in Japan", ("disk_gib_month", "pd-balanced", False)),
        ("SSD backed PD Capacity", ("disk_gib_month", "pd-ssd", False)),
        ("Licensing Fee for Windows Server 2019 Datacenter Edition", None),
        ("", None),
    ],
)
def test_a_description_says_what_is_priced(
    description: str, found: tuple[str, str, bool] | None
) -> None:
    assert catalog.kind(description) == found


def test_a_table_holds_every_price_of_its_region_and_no_other() -> None:
    table = catalog.table(catalogue(), BUILT_IN, "europe-west1", "USD", TODAY)
    assert (table.region, table.currency) == ("europe-west1", "USD")
    n2d = table.cpu_hour["n2d"]
    assert (n2d.on_demand, n2d.spot, n2d.day) == (0.030252, 0.0087, TODAY)
    assert table.gib_hour["n2d"].spot == 0.0011
    assert table.gpu_hour["nvidia-tesla-t4"].spot == 0.14
    assert table.disk_gib_month["local-ssd"].spot == 0.05
    assert (table.address_hour.on_demand, table.address_hour.spot) == (0.005, 0.0025)
    assert table.class_a.on_demand == pytest.approx(0.005 / 1000)
    assert all(rate.on_demand < 9 for _, _, rate in table.rates())


def test_what_the_catalogue_does_not_tell_keeps_its_price_and_its_day() -> None:
    table = catalog.table(catalogue(), BUILT_IN, "europe-west1", "USD", TODAY)
    assert table.cpu_hour["c3"] == BUILT_IN.cpu_hour["c3"]
    other = catalog.table(catalogue("EUR"), BUILT_IN, "europe-west1", "EUR", TODAY)
    assert "c3" not in other.cpu_hour, "a price in dollars among euros"


def test_spot_prices_that_are_missing_are_the_full_ones() -> None:
    table = catalog.table(catalogue(), BUILT_IN, "europe-west1", "USD", TODAY)
    assert table.gpu_hour["nvidia-l4"].spot == table.gpu_hour["nvidia-l4"].on_demand == 0.62


def test_a_free_tier_is_not_the_price() -> None:
    row = sku("Balanced PD Capacity", "OnDemand", "europe-west1", "GiBy.mo", 0.11, free=True)
    assert catalog.price_of(row, "USD") == pytest.approx(0.11)


def test_another_currency_than_asked_for_is_refused() -> None:
    with pytest.raises(RecordError, match="answered in USD and was asked for EUR"):
        catalog.table(catalogue("USD"), BUILT_IN, "europe-west1", "EUR", TODAY)


def test_a_region_without_prices_is_refused() -> None:
    with pytest.raises(RecordError, match="no prices of machines in 'mars-north1'"):
        catalog.table([], BUILT_IN, "mars-north1", "USD", TODAY)


def test_an_entry_without_a_price_is_named() -> None:
    broken = sku(*PRICES[0]) | {"pricingInfo": []}
    with pytest.raises(RecordError, match="'N2D AMD Instance Core running in Belgium' has no"):
        catalog.table([broken], BUILT_IN, "europe-west1", "USD", TODAY)


def test_entries_that_do_not_concern_jobs_may_have_any_shape() -> None:
    odd = [{"description": "Quantum Core", "pricingInfo": "none"}, {}]
    table = catalog.table([*odd, *catalogue()], BUILT_IN, "europe-west1", "USD", TODAY)
    assert len(DECOYS) > 0
    assert "n2d" in table.cpu_hour

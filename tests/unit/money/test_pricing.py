"""An installation's prices: the catalogue's or the built-in, with one's own over them."""

from datetime import UTC, date, datetime

import pytest

from headrace.errors import InputError, RecordError, UnpricedError
from headrace.gcs import ObjectUri
from headrace.money import pricing
from headrace.money.pricing import Overrides, OwnRate
from headrace.planning.pricetable import BUILT_IN, Use, hourly
from tests.unit.arrivals.memory import MemoryStore
from tests.unit.money.skus import catalogue

TODAY = date(2026, 11, 26)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(lambda: datetime.now(UTC))


def test_without_documents_it_is_the_built_in_table(store: MemoryStore) -> None:
    assert pricing.load(store, "results") == BUILT_IN


def test_a_refreshed_table_is_used_from_then_on(store: MemoryStore) -> None:
    table = pricing.refreshed(catalogue(), "europe-west1", "USD", TODAY)
    pricing.save_table(store, "results", table)
    assert pricing.load(store, "results") == table


def test_negotiated_prices_lie_over_all(store: MemoryStore) -> None:
    own = Overrides(
        day=TODAY,
        compute_discount=0.1,
        cpu_hour={"n2d": OwnRate(on_demand=0.02)},
        disk_gib_month={"pd-ssd": OwnRate(on_demand=0.15, spot=0.15)},
    )
    pricing.save_overrides(store, "results", own)
    table = pricing.load(store, "results")
    assert (table.cpu_hour["n2d"].on_demand, table.cpu_hour["n2d"].spot) == (0.02, 0.02)
    assert table.cpu_hour["e2"].on_demand == pytest.approx(0.9 * 0.021812)
    assert table.disk_gib_month["pd-balanced"] == BUILT_IN.disk_gib_month["pd-balanced"]
    assert table.disk_gib_month["pd-ssd"].on_demand == 0.15


def test_another_currency_needs_its_rate() -> None:
    with pytest.raises(InputError, match="'rate' how many EUR one USD costs"):
        pricing.overridden(BUILT_IN, Overrides(day=TODAY, currency="EUR"))
    table = pricing.overridden(BUILT_IN, Overrides(day=TODAY, currency="EUR", rate=0.9))
    assert table.currency == "EUR"
    assert table.address_hour.on_demand == pytest.approx(0.0045)
    assert table.cpu_hour["e2"].on_demand == pytest.approx(0.9 * 0.021812)


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (Overrides(day=TODAY, currency="euro", rate=0.9), "'euro' is no currency"),
        (Overrides(day=TODAY, currency="EUR", rate=-1), "one USD costs"),
        (Overrides(day=TODAY, rate=2.0), "in USD already"),
        (Overrides(day=TODAY, compute_discount=15), "the part that is taken off"),
        (Overrides(day=TODAY, gpu_hour={"x": OwnRate(on_demand=-1)}), "below nothing"),
    ],
)
def test_overrides_that_cannot_be_meant_are_refused_and_not_stored(
    own: Overrides, said: str, store: MemoryStore
) -> None:
    with pytest.raises(InputError, match=said):
        pricing.save_overrides(store, "results", own)
    assert pricing.load(store, "results") == BUILT_IN


def test_a_document_that_is_no_price_table_is_named(store: MemoryStore) -> None:
    store.write(ObjectUri("results", pricing.PRICES_FILE), b'{"curency": "EUR"}')
    with pytest.raises(RecordError, match=r"control/prices.json: unknown key 'curency'.*currency"):
        pricing.load(store, "results")


@pytest.mark.parametrize(
    ("today", "old"), [(date(2026, 10, 28), False), (date(2026, 10, 29), True)]
)
def test_a_price_older_than_ninety_days_says_so(today: date, old: bool) -> None:
    note = pricing.note(BUILT_IN, ["n2d-standard-4", "custom-2-4096"], today)
    assert (note.day, note.old) == (date(2026, 7, 30), old)
    said = pricing.sentences(BUILT_IN, note, "us-central1", today)
    assert any("91 days ago" in sentence for sentence in said) is old


def test_prices_of_another_region_say_so() -> None:
    note = pricing.note(BUILT_IN, ["e2-standard-2"], date(2026, 8, 1))
    (said,) = pricing.sentences(BUILT_IN, note, "europe-west1", date(2026, 8, 1))
    assert "us-central1, and jobs run in europe-west1" in said


def test_a_clock_before_the_day_of_the_prices_makes_them_not_old() -> None:
    assert not pricing.note(BUILT_IN, ["e2-standard-2"], date(1970, 1, 1)).old


def test_a_machine_is_paid_with_its_disks_gpus_and_address() -> None:
    use = Use(
        "n1-standard-4",
        gpu="nvidia-tesla-t4:2",
        boot_disk_gb=30,
        work_disk_gb=730,
        disk_type="pd-ssd",
        public_address=True,
    )
    price = hourly(BUILT_IN, use)
    assert price.compute == pytest.approx(0.19 + 2 * 0.35, abs=2e-5)
    assert price.disk == pytest.approx(0.17 + 30 * 0.10 / 730)
    assert price.network == 0.005
    assert hourly(BUILT_IN, Use("a2-highgpu-1g")).compute == pytest.approx(3.67339, abs=2e-5)
    custom = hourly(BUILT_IN, Use("n2-custom-4-16384")).compute
    assert custom == pytest.approx(1.05 * hourly(BUILT_IN, Use("n2-standard-4")).compute)


@pytest.mark.parametrize("use", [Use("h3-standard-88"), Use("e2-standard-2", gpu="nvidia-h9:1")])
def test_a_machine_without_a_price_is_named(use: Use) -> None:
    with pytest.raises(UnpricedError, match=r"h3-standard-88|nvidia-h9"):
        hourly(BUILT_IN, use)

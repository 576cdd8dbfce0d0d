"""headrace.planning.prices: one dated table."""

import pytest

from headrace.pipeline import DiskType
from headrace.planning import prices
from headrace.planning.families import FAMILIES, GPU_TYPES
from headrace.planning.machines import Request, cheapest, named


@pytest.mark.parametrize(
    ("name", "hourly", "spot"),
    [
        ("e2-standard-4", 0.13403, 0.08042),
        ("n1-standard-4", 0.19000, 0.06701),
        ("n2-standard-4", 0.19424, 0.09212),
        ("n2d-standard-4", 0.16898, 0.04891),
        ("c2d-standard-4", 0.18160, 0.06100),
        ("g2-standard-12", 1.00042, 0.37137),
        ("g2-standard-16", 1.14721, 0.42080),
        ("a2-highgpu-1g", 3.67339, 1.46936),
        ("a2-highgpu-2g", 7.34677, 2.93871),
    ],
)
def test_a_machine_costs_what_was_published_for_it(name: str, hourly: float, spot: float) -> None:
    type_ = named(name)
    assert type_.price(spot=False) == pytest.approx(hourly, abs=2e-5)
    assert type_.price(spot=True) == pytest.approx(spot, abs=2e-5)


def test_a_gpu_is_in_the_price_of_its_machine() -> None:
    with_gpu = cheapest(Request(4, 15000, gpus=1))
    assert with_gpu.hourly == pytest.approx(named("n1-standard-4").hourly + 0.35)


def test_everything_that_can_be_chosen_has_a_price_and_spot_is_never_dearer() -> None:
    found = [prices.cpu_hour(name) for name in FAMILIES]
    found += [prices.gib_hour(name) for name in FAMILIES]
    found += [prices.GPU_HOUR[name] for name in GPU_TYPES]
    found += [prices.DISK_GIB_MONTH[type_] for type_ in DiskType]
    assert all(0 < price.spot <= price.on_demand for price in found)


def test_a_disk_is_paid_by_the_hour_of_its_months_price() -> None:
    assert prices.disk_hour(DiskType.BALANCED, 730, spot=False) == pytest.approx(0.10)
    assert prices.disk_hour(DiskType.LOCAL_SSD, 375, spot=True) == pytest.approx(375 * 0.0428 / 730)

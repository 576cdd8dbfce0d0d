"""headrace.planning.machines: the cheapest machine that fits."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import JobRefusedError
from headrace.pipeline import DiskType
from headrace.planning.families import FAMILIES, GPU_TYPES
from headrace.planning.machines import (
    Request,
    cheapest,
    fitted,
    local_ssds,
    machine_types,
    named,
)


@pytest.mark.parametrize(
    ("cpus", "memory_mb", "name"),
    [
        (1, 1000, "e2-highcpu-2"),
        (2, 2048, "e2-highcpu-2"),
        (2, 2049, "e2-standard-2"),
        (2, 8192, "e2-standard-2"),
        (4, 32768, "e2-highmem-4"),
        (17, 1000, "e2-highcpu-32"),
        (33, 1000, "n2d-highcpu-48"),
    ],
)
def test_the_cheapest_type_that_fits_is_chosen(cpus: int, memory_mb: int, name: str) -> None:
    assert cheapest(Request(cpus, memory_mb)).name == name


@given(st.integers(1, 256), st.integers(1, 1024 * 1024), st.booleans())
def test_nothing_cheaper_would_have_fitted(cpus: int, memory_mb: int, spot: bool) -> None:
    fitting = [t for t in machine_types() if t.cpus >= cpus and t.memory_mb >= memory_mb]
    try:
        chosen = cheapest(Request(cpus, memory_mb), spot=spot)
    except JobRefusedError:
        assert not fitting
    else:
        assert chosen in fitting
        assert all(other.price(spot=spot) >= chosen.price(spot=spot) for other in fitting)


def test_on_spot_the_cheapest_may_be_another_machine() -> None:
    assert cheapest(Request(4, 16384)).name == "e2-standard-4"
    assert cheapest(Request(4, 16384), spot=True).name == "n2d-standard-4"


def test_an_impossible_request_names_the_nearest_machine_and_what_to_change() -> None:
    with pytest.raises(JobRefusedError) as refused:
        cheapest(Request(256, 1000))
    assert str(refused.value) == (
        "No machine of e2, n2, n2d has 256 vCPUs and 1000 MiB; the nearest is n2d-highcpu-224 "
        "with 224 vCPUs, 229376 MiB: ask for less (threads, mem_mb, disk_mb, gpu)."
    )


def test_a_family_that_is_not_allowed_is_named_where_it_would_do() -> None:
    with pytest.raises(JobRefusedError, match=r"the nearest is e2-highcpu-32 .*add n2d to"):
        cheapest(Request(48, 1000), ["e2"])


def test_only_the_allowed_families_are_looked_at() -> None:
    assert cheapest(Request(2, 1000), ["c2d"]).name == "c2d-highcpu-2"


def test_a_machine_type_is_found_by_name_or_the_nearest_is_named() -> None:
    assert (named("c3-standard-22").cpus, named("c3-standard-22").memory_mb) == (22, 90112)
    with pytest.raises(JobRefusedError, match="did you mean 'n2-standard-4'"):
        named("n2-standrad-4")


def test_a_disk_larger_than_any_is_refused() -> None:
    assert cheapest(Request(disk_gb=65_536))
    with pytest.raises(JobRefusedError, match=r"and 65537 GB of pd-balanced; .*disk_mb"):
        cheapest(Request(disk_gb=65_537))


def test_a_custom_machine_type_has_the_size_its_name_says() -> None:
    found = named("n2-custom-6-12288")
    assert (found.family, found.cpus, found.memory_mb) == ("n2", 6, 12288)
    assert found.hourly == pytest.approx(1.05 * (6 * 0.031611 + 12 * 0.004237))
    assert named("custom-2-4096").family == "n1"


def test_a_named_machine_that_is_too_small_is_refused() -> None:
    with pytest.raises(JobRefusedError, match=r"e2-highcpu-2 does not have 4 vCPUs and 8000 MiB"):
        fitted(named("e2-highcpu-2"), Request(4, 8000))


@pytest.mark.parametrize(
    ("request_", "name", "gpu_type", "gpus", "attached"),
    [
        (Request(4, 15000, gpus=1), "n1-standard-4", "nvidia-tesla-t4", 1, True),
        (Request(4, 15000, gpus=1, gpu_type="nvidia-l4"), "g2-standard-4", "nvidia-l4", 1, False),
        (Request(30, gpus=2, gpu_type="nvidia-l4"), "g2-standard-48", "nvidia-l4", 4, False),
        (
            Request(gpus=3, gpu_type="nvidia-tesla-a100"),
            "a2-highgpu-4g",
            "nvidia-tesla-a100",
            4,
            False,
        ),
        (Request(gpus=8), "g2-standard-96", "nvidia-l4", 8, False),
    ],
)
def test_a_gpu_comes_with_the_cheapest_machine_that_may_carry_it(
    request_: Request, name: str, gpu_type: str, gpus: int, attached: bool
) -> None:
    found = cheapest(request_)
    assert (found.name, found.gpu_type, found.gpus, found.gpu_attached) == (
        name,
        gpu_type,
        gpus,
        attached,
    )


@given(
    st.integers(1, 96), st.integers(0, 600_000), st.integers(1, 8), st.sampled_from([*GPU_TYPES])
)
def test_a_machine_with_gpus_keeps_the_limits_of_their_type(
    cpus: int, memory_mb: int, gpus: int, gpu_type: str
) -> None:
    gpu = GPU_TYPES[gpu_type]
    try:
        found = cheapest(Request(cpus, memory_mb, gpus, gpu_type))
    except JobRefusedError as refused:
        assert "the nearest is" in str(refused)
        return
    assert (found.family, found.gpu_type) == (gpu.family, gpu_type)
    assert found.gpus >= gpus
    if gpu.limits:
        max_cpus, max_gib = gpu.limits[found.gpus]
        assert found.cpus <= max_cpus
        assert found.memory_mb <= max_gib * 1024
    else:
        assert found.name in gpu.built_in[found.gpus]


def test_machines_that_have_gpus_are_never_chosen_without_asking_for_one() -> None:
    assert cheapest(Request(2), FAMILIES).gpus == 0


def test_families_that_carry_gpus_can_be_narrowed() -> None:
    assert cheapest(Request(4, gpus=1), ["e2", "g2"]).name == "g2-standard-4"
    with pytest.raises(JobRefusedError, match=r"No machine of n1 has .* 1 nvidia-l4.*add g2 to"):
        cheapest(Request(4, gpus=1, gpu_type="nvidia-l4"), ["n1"])


@pytest.mark.parametrize(
    ("name", "size_gb", "number"),
    [
        ("n2-standard-8", 100, 1),
        ("n2-standard-16", 100, 2),
        ("n2-standard-8", 1200, 4),
        ("n2-standard-8", 10_000, None),
        ("e2-standard-8", 100, None),
    ],
)
def test_local_ssds_come_in_the_numbers_a_machine_takes(
    name: str, size_gb: int, number: int | None
) -> None:
    assert local_ssds(named(name), size_gb) == number


@pytest.mark.parametrize(
    ("request_", "families", "name"),
    [
        (Request(2, disk_type=DiskType.LOCAL_SSD), ("e2", "n2"), "n2-highcpu-2"),
        (Request(2, cpu_platform=True), ("e2", "n2"), "n2-highcpu-2"),
        (Request(4, disk_type=DiskType.STANDARD), ("c3", "n2"), "n2-highcpu-4"),
    ],
)
def test_a_family_without_the_disk_or_the_platform_is_passed_over(
    request_: Request, families: tuple[str, ...], name: str
) -> None:
    assert cheapest(request_, families).name == name
    with pytest.raises(JobRefusedError, match=re.escape(str(request_))):
        cheapest(request_, families[:1])

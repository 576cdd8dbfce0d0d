import pytest

from localcloud.jobs.machine_types import parse_machine_type


@pytest.mark.parametrize(
    ("name", "vcpus", "mib", "metric"),
    [
        ("e2-standard-2", 2, 8192, "CPUS"),
        ("e2-medium", 2, 4096, "CPUS"),
        ("n1-standard-1", 1, 3840, "CPUS"),
        ("n1-highmem-8", 8, 53248, "CPUS"),
        ("n2-highcpu-16", 16, 16384, "N2_CPUS"),
        ("n2d-standard-224", 224, 917504, "N2D_CPUS"),
        ("c2-standard-30", 30, 122880, "C2_CPUS"),
        ("c3-standard-22", 22, 90112, "C3_CPUS"),
        ("custom-2-4096", 2, 4096, "CPUS"),
        ("n2-custom-6-9216", 6, 9216, "N2_CPUS"),
        ("n1-custom-1-6656-ext", 1, 6656, "CPUS"),
    ],
)
def test_size_and_quota_follow_from_the_name(name: str, vcpus: int, mib: int, metric: str) -> None:
    found = parse_machine_type(name)
    assert (found.vcpus, found.memory_mib, found.quota_metric) == (vcpus, mib, metric)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "e2-standard-3",
        "c2-highmem-4",
        "x9-standard-4",
        "custom-3-4096",
        "custom-2-4097",
        "c2-custom-2-4096",
    ],
)
def test_a_machine_that_google_does_not_have_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="machine type"):
        parse_machine_type(name)

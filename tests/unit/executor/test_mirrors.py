"""Registries that stand for others."""

import pytest

from headrace.errors import SettingsError
from headrace.staging.plan import Plan, Step
from snakemake_executor_plugin_lifesciences.mirrors import mirrored, mirrored_image, read_mirrors

MIRRORS = {"quay.io": "r-docker.pkg.dev/lab/quay", "docker.io": "r-docker.pkg.dev/lab/hub"}


def test_mirrors_are_read_from_one_line() -> None:
    text = "quay.io=r-docker.pkg.dev/lab/quay, docker.io=r-docker.pkg.dev/lab/hub"
    assert read_mirrors(text) == MIRRORS
    assert read_mirrors(None) == {}


@pytest.mark.parametrize("text", ["quay.io", "quay.io=", "=x", "quay.io=https://x", "a=b c=;d"])
def test_a_mirror_that_is_none_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(SettingsError, match=r"write HOST=PLACE, such as quay\.io="):
        read_mirrors(text)


@pytest.mark.parametrize(
    ("image", "pulled"),
    [
        ("quay.io/bio/samtools:1.24", "r-docker.pkg.dev/lab/quay/bio/samtools:1.24"),
        ("quay.io/x@sha256:" + "0" * 64, "r-docker.pkg.dev/lab/quay/x@sha256:" + "0" * 64),
        ("alpine:3", "r-docker.pkg.dev/lab/hub/library/alpine:3"),
        ("staphb/fastp", "r-docker.pkg.dev/lab/hub/staphb/fastp"),
        ("docker.io/staphb/fastp", "r-docker.pkg.dev/lab/hub/staphb/fastp"),
        ("ghcr.io/x/y", "ghcr.io/x/y"),
        ("localhost:5000/y", "localhost:5000/y"),
        ("quay.iota.org/x", "quay.iota.org/x"),
    ],
)
def test_an_image_is_pulled_from_its_registrys_mirror(image: str, pulled: str) -> None:
    assert mirrored_image(image, MIRRORS) == pulled


def test_without_mirrors_every_image_keeps_its_name() -> None:
    assert mirrored_image("alpine", {}) == "alpine"


def test_every_step_of_a_plan_is_mirrored() -> None:
    steps = (Step("a", "quay.io/a", "true"), Step("b", "alpine", "true"))
    plan = mirrored(Plan("", (), (), steps, ()), MIRRORS)
    assert [step.image for step in plan.steps] == [
        "r-docker.pkg.dev/lab/quay/a",
        "r-docker.pkg.dev/lab/hub/library/alpine",
    ]

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import InputError
from headrace.images.reference import Reference

DIGEST = "sha256:" + "0" * 64
names = st.from_regex(r"[a-z0-9]{1,8}(/[a-z0-9]{1,8}){0,2}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("quay.io/lab/tool:1.0", Reference("quay.io", "lab/tool", "1.0")),
        (f"quay.io/lab/tool@{DIGEST}", Reference("quay.io", "lab/tool", "", DIGEST)),
        ("localhost:5000/tool", Reference("localhost:5000", "tool")),
        ("python:3.13", Reference("docker.io", "library/python", "3.13")),
        ("docker://lab/tool:1", Reference("docker.io", "lab/tool", "1")),
    ],
)
def test_a_name_has_host_repository_tag_and_digest(text: str, expected: Reference) -> None:
    assert Reference.parse(text) == expected


@pytest.mark.parametrize(
    "text", ["", "quay.io/", "quay.io/A", "quay.io/a:", "quay.io/a:-b", "a@sha256:12", "a b"]
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no name of an image"):
        Reference.parse(text)


@given(names, st.sampled_from(["", "1.0", "latest"]), st.sampled_from(["", DIGEST]))
def test_a_name_is_read_as_it_was_written(repository: str, tag: str, digest: str) -> None:
    reference = Reference("quay.io", repository, tag, digest)
    assert Reference.parse(str(reference)) == reference


def test_a_registry_is_asked_for_the_digest_before_the_tag() -> None:
    assert Reference.parse(f"quay.io/a:1@{DIGEST}").version == DIGEST
    assert Reference.parse("quay.io/a:1").version == "1"
    assert Reference.parse("quay.io/a").version == "latest"


def test_an_image_keeps_its_repository_in_another_place() -> None:
    image = Reference.parse(f"quay.io/lab/tool:1@{DIGEST}")
    expected = f"europe-docker.pkg.dev/p/quay/lab/tool:1@{DIGEST}"
    assert str(image.below("europe-docker.pkg.dev/p/quay/")) == expected
    assert str(image.below("localhost:5000")) == f"localhost:5000/lab/tool:1@{DIGEST}"

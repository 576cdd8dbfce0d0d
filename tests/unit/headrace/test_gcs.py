"""headrace.gcs: names, and the allow-list."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import InputError, UnsafeNameError
from headrace.gcs import ObjectUri, check_name

SAFE_PART = st.from_regex(r"[A-Za-z0-9_.,:=+@%][A-Za-z0-9_.,:=+@%-]{0,20}", fullmatch=True).filter(
    lambda part: part not in {".", ".."}
)


@pytest.mark.parametrize(
    "uri", ["", "gs://", "gs://b", "gs://b/", "s3://bucket/x", "gs://B/x", "x"]
)
def test_what_is_no_object_address_is_refused_with_the_remedy(uri: str) -> None:
    with pytest.raises(InputError, match=r"write gs://BUCKET/NAME"):
        ObjectUri.parse(uri)


@given(st.lists(SAFE_PART, min_size=1))
def test_an_address_is_written_as_it_was_read(parts: list[str]) -> None:
    uri = "gs://some-bucket/" + "/".join(parts)
    assert str(ObjectUri.parse(uri)) == uri


def test_parts_are_joined_by_one_slash() -> None:
    assert str(ObjectUri("bucket", "a/") / "b") == "gs://bucket/a/b"


@given(st.lists(SAFE_PART, min_size=1, max_size=5))
def test_plain_names_pass(parts: list[str]) -> None:
    check_name("/".join(parts), "the name")


@given(st.text(min_size=1))
def test_whatever_passes_has_no_meaning_to_a_shell(text: str) -> None:
    try:
        check_name(text, "the name")
    except UnsafeNameError as error:
        assert "\n" not in str(error)
    else:
        assert re.fullmatch(r"[A-Za-z0-9_.,:=+@%/-]+", text)
        assert ".." not in text.split("/")
        assert not any(part.startswith("-") for part in text.split("/"))


@pytest.mark.parametrize(
    "name",
    ["k$(echo x).fq", "a;b", "a b", "a\nb", "{x}", "../x", "a//b", "-rf", "a/-x", "ä", "a" * 1025],
)
def test_hostile_names_are_refused_with_value_and_remedy(name: str) -> None:
    with pytest.raises(UnsafeNameError, match=r"the name .* rename it"):
        check_name(name, "the name")

"""headrace.records: documents from outside."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import RecordError
from headrace.records import decode_json, decode_yaml, encode_json, nearest


class Inner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sample: str
    size: int = 0


class Outer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    parts: tuple[Inner, ...] = ()


def test_an_unknown_key_is_refused_with_the_nearest_known_one_and_its_place() -> None:
    with pytest.raises(RecordError) as refused:
        decode_json('{"name": "x", "parts": [{"smaple": "a"}]}', Outer, "run.json")
    assert str(refused.value) == (
        "run.json: unknown key 'smaple' - at `$.parts[0]`; did you mean 'sample'?"
    )


def test_a_wrong_type_is_refused_with_its_place() -> None:
    with pytest.raises(RecordError, match=r"run.json: Expected `int`, got `str` - at `\$.parts"):
        decode_json('{"name": "x", "parts": [{"sample": "a", "size": "1"}]}', Outer, "run.json")


def test_broken_json_and_broken_yaml_are_each_one_sentence() -> None:
    with pytest.raises(RecordError) as json_error:
        decode_json(b"{", Outer, "a.json")
    with pytest.raises(RecordError) as yaml_error:
        decode_yaml("a: [", Outer, "a.yaml")
    assert "\n" not in str(json_error.value)
    assert "\n" not in str(yaml_error.value)


def test_an_empty_yaml_document_lacks_its_required_keys() -> None:
    with pytest.raises(RecordError, match="missing required field `name`"):
        decode_yaml("", Outer, "a.yaml")


@given(st.text(), st.lists(st.tuples(st.text(), st.integers(0, 2**62))))
def test_what_is_written_is_read_back(name: str, parts: list[tuple[str, int]]) -> None:
    record = Outer(name, tuple(Inner(*part) for part in parts))
    assert decode_json(encode_json(record), Outer, "x") == record


@given(st.binary())
def test_any_bytes_are_read_or_refused(document: bytes) -> None:
    try:
        decode_json(document, Outer, "x")
    except RecordError as error:
        assert str(error).startswith("x: ")


def test_nothing_near_says_nothing() -> None:
    assert nearest("zzz", ["sample"]) == "."

"""Patterns find fields in object names, and nothing in names that do not fit."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from headrace.arrivals import patterns
from headrace.errors import InputError
from headrace.gcs import check_name

READS = "{folder}/{sample}_{lane}_R{read}.fastq.gz"
VALUE = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,20}", fullmatch=True)
PLAIN = st.from_regex(r"[A-Za-z0-9]{1,12}", fullmatch=True)


def test_fields_are_what_stands_in_their_place() -> None:
    pattern = patterns.parse(READS, {})
    assert pattern.match("run42/s1_L001_R2.fastq.gz") == {
        "folder": "run42",
        "sample": "s1",
        "lane": "L001",
        "read": "2",
    }


def test_fields_further_left_take_as_much_as_they_can() -> None:
    found = patterns.parse(READS, {}).match("run/my_sample_S1_L001_R1.fastq.gz")
    assert found is not None
    assert (found["sample"], found["lane"]) == ("my_sample_S1", "L001")


@pytest.mark.parametrize(
    "name",
    [
        "s1_L001_R1.fastq.gz",
        "a/b/s1_L001_R1.fastq.gz",
        "run/s1_L001_R1.fastq.gz.md5",
        "run/s1_L001_R1xfastq.gz",
        "run/s1_L001_R1.fastq.gz\n",
        "run/_L001_R1.fastq.gz",
        "run/-rf_L001_R1.fastq.gz",
        "../s1_L001_R1.fastq.gz",
        "run/s$(id)_L001_R1.fastq.gz",
        "run/sé_L001_R1.fastq.gz",
        "run/" + "s" * 65 + "_L001_R1.fastq.gz",
        "",
    ],
)
def test_other_names_do_not_fit(name: str) -> None:
    assert patterns.parse(READS, {}).match(name) is None


def test_a_limited_field_has_only_its_choices() -> None:
    pattern = patterns.parse(READS, {"read": ["1", "2"]})
    assert pattern.match("run/s1_L001_R2.fastq.gz") is not None
    assert pattern.match("run/s1_L001_R3.fastq.gz") is None


@given(st.fixed_dictionaries(dict.fromkeys(("folder", "sample", "lane", "read"), VALUE)))
def test_a_name_made_of_fields_fits_and_is_made_again_from_what_was_found(
    fields: dict[str, str],
) -> None:
    pattern = patterns.parse(READS, {})
    found = pattern.match(pattern.name(fields))
    assert found is not None
    assert pattern.name(found) == pattern.name(fields)


@given(st.fixed_dictionaries(dict.fromkeys(("folder", "sample", "lane", "read"), PLAIN)))
def test_fields_without_the_separators_are_found_exactly(fields: dict[str, str]) -> None:
    pattern = patterns.parse(READS, {})
    assert pattern.match(pattern.name(fields)) == fields


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
def test_whatever_fits_is_a_permitted_name(noise: str) -> None:
    name = f"run/{noise}_L001_R1.fastq.gz"
    if patterns.parse(READS, {}).match(name) is not None:
        check_name(name, "object name")


@given(st.fixed_dictionaries(dict.fromkeys(("folder", "sample", "lane", "read"), VALUE)))
def test_the_prefix_begins_every_name_with_the_given_fields(fields: dict[str, str]) -> None:
    pattern = patterns.parse(READS, {})
    shared = {field: fields[field] for field in ("folder", "sample")}
    assert pattern.name(fields).startswith(pattern.prefix(shared))
    assert pattern.prefix(shared) == f"{fields['folder']}/{fields['sample']}_"


def test_the_prefix_ends_at_the_first_open_field() -> None:
    assert patterns.parse(READS, {}).prefix({"sample": "s1"}) == ""


def test_a_hostile_name_cannot_keep_the_matcher_busy() -> None:
    """Four fields between two slashes are the worst case; pytest limits the time."""
    pattern = patterns.parse("{a}_{b}_{c}_{d}.gz", {})
    assert pattern.match("_".join("a" * 100) + "!") is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("reads.fastq.gz", "has no field"),
        ("{sample", "unmatched braces"),
        ("{sample:>5}.gz", "more than a name in braces"),
        ("{sample!r}.gz", "more than a name in braces"),
        ("{}.gz", "the field ''"),
        ("{Sample}.gz", "the field 'Sample'"),
        ("{sample.__class__}.gz", "the field 'sample.__class__'"),
        ("{a}/{a}.gz", "twice"),
        ("{a}{b}.gz", "side by side"),
        ("{a}_{b}_{c}_{d}_{e}", "more than 4 fields"),
        ("{{a}}/{b}", "more than a name in braces"),
        ("a b/{b}", "permitted name"),
        ("/a//{b}", "permitted name"),
        ("../{b}", "permitted name"),
    ],
)
def test_a_wrong_pattern_is_refused_with_the_reason(text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=re.escape(complaint)):
        patterns.parse(text, {})


@given(st.text(alphabet="{}abc/_.!:$", max_size=20))
def test_any_text_is_a_pattern_or_an_input_error(text: str) -> None:
    try:
        pattern = patterns.parse(text, {})
    except InputError:
        return
    assume(pattern.fields)
    name = pattern.name(dict.fromkeys(pattern.fields, "x1"))
    assert pattern.match(name) is not None

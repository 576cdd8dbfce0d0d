"""A new rule's text, and its word of configuration."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import InputError
from headrace.rules import scaffold
from headrace.rules.scaffold import NewRule

IMAGE = "quay.io/biocontainers/seqkit:2.13.0@sha256:" + "0" * 64


@pytest.mark.parametrize("name", ["", "Count", "1st", "a-b", "a b", "a" * 41, "$(id)", "a\n"])
def test_a_name_that_is_no_rules_name_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="cannot be a rule's name"):
        NewRule(name, IMAGE)


@pytest.mark.parametrize("image", ["", 'x"', "a b", "x\n", "$(id)", "{input}"])
def test_what_could_not_stand_in_a_snakefile_is_no_image(image: str) -> None:
    with pytest.raises(InputError, match="no container image"):
        NewRule("count", image)


def test_a_command_takes_the_place_of_the_example() -> None:
    text = scaffold.rule_text(NewRule("count", IMAGE, "seqkit stats {input.reads:q} >{output:q}"))
    assert "seqkit stats {input.reads:q}" in text
    assert "Your tool's command" not in text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("extras: []", "extras: [count]"),
        ("a: 1\nextras: [one, two] # c\nb: 2\n", "a: 1\nextras: [one, two, count] # c\nb: 2\n"),
    ],
)
def test_the_configuration_keeps_all_but_its_list(before: str, after: str) -> None:
    assert scaffold.configured(before, "count") == after


@pytest.mark.parametrize("text", ["", "extras:\n  - one\n", "a: {extras: []}"])
def test_a_configuration_without_the_list_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="extras"):
        scaffold.configured(text, "count")


@given(st.lists(st.from_regex(scaffold.NAME, fullmatch=True), unique=True, min_size=1))
def test_names_are_added_in_order_and_once_each(names: list[str]) -> None:
    text = "extras: []\n"
    for name in names:
        text = scaffold.configured(text, name)
    assert text == f"extras: [{', '.join(names)}]\n"
    with pytest.raises(InputError, match="already"):
        scaffold.configured(text, names[0])

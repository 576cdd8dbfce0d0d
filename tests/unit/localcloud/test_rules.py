import pytest

from localcloud.wire.errors import ApiError
from localcloud.wire.rules import (
    check_choice,
    check_environment,
    check_labels,
    check_machine_type,
    check_region,
    check_zone,
)


def test_labels_of_googles_alphabet_are_accepted() -> None:
    check_labels("labels", {"run_id": "a-1_b", "k" * 63: "v" * 63, "empty": ""})


@pytest.mark.parametrize(
    "labels",
    [
        {"Upper": "x"},
        {"1digit": "x"},
        {"k" * 64: "x"},
        {"k": "V"},
        {"k": "v" * 64},
        {"k": "a.b"},
        {"goog-x": "y"},
        {"google-x": "y"},
        {f"k{n}": "x" for n in range(65)},
    ],
)
def test_other_labels_are_refused_naming_the_field(labels: dict[str, str]) -> None:
    with pytest.raises(ApiError) as caught:
        check_labels("job.labels", labels)
    assert caught.value.violations[0].field == "job.labels"


@pytest.mark.parametrize("name", ["", "a=b", "a\0"])
def test_impossible_variable_names_are_refused(name: str) -> None:
    with pytest.raises(ApiError, match="cannot be an environment variable"):
        check_environment("environment", {name: "x"})


def test_a_zone_tells_its_region() -> None:
    assert check_region("f", "europe-west4") == "europe-west4"
    assert check_zone("f", "europe-west4-b") == "europe-west4"
    with pytest.raises(ApiError):
        check_region("f", "europe-west4-b")
    with pytest.raises(ApiError):
        check_zone("f", "europe-west4")


def test_exactly_one_of_a_choice_must_be_set() -> None:
    assert check_choice("f", {"a": 0, "x": 1}, ("a", "b")) == "a"
    with pytest.raises(ApiError, match="exactly one of a, b must be set; not a and b"):
        check_choice("f", {"a": 0, "b": 1}, ("a", "b"))
    with pytest.raises(ApiError, match="exactly one of a, b must be set; none is set"):
        check_choice("f", {}, ("a", "b"))


def test_a_mistyped_machine_gets_the_nearest_name() -> None:
    with pytest.raises(ApiError, match="did you mean 'e2-standard-4'"):
        check_machine_type("f", "e2-standart-4")

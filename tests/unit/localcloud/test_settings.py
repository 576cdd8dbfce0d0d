from pathlib import Path

import pytest

from localcloud.errors import LocalCloudError
from localcloud.functions import Function
from localcloud.settings import Settings, parse_variables

HERE = Path(__file__)


def test_buckets_that_functions_wait_on_are_made_too() -> None:
    functions = (Function(HERE, "handle", "inbox"), Function(HERE, "sweep"))
    settings = Settings(Path("s"), buckets=("results", "inbox"), functions=functions)
    assert settings.all_buckets == ("results", "inbox")
    assert Settings(Path("s"), functions=functions).all_buckets == ("inbox",)


def test_two_functions_of_one_name_are_refused() -> None:
    functions = (Function(HERE, "handle", "inbox"), Function(HERE, "handle"))
    with pytest.raises(LocalCloudError, match="'handle' is given twice"):
        Settings(Path("s"), functions=functions)


@pytest.mark.parametrize("bucket", ["ab", "Upper", "-a-", "a b", "", "x" * 223])
def test_a_malformed_bucket_is_refused(bucket: str) -> None:
    with pytest.raises(LocalCloudError, match="is not a bucket name"):
        Settings(Path("s"), buckets=(bucket,))


def test_a_function_names_its_file_its_target_and_its_bucket() -> None:
    assert Function.parse(f"{HERE}:handle@in-box.x") == Function(HERE, "handle", "in-box.x")
    assert Function.parse(f"{HERE}:sweep") == Function(HERE, "sweep", "")


@pytest.mark.parametrize("text", ["main.py", f"{HERE}:1x", f"{HERE}:a@", f"{HERE}:a@b@c", ":a"])
def test_a_malformed_function_is_refused(text: str) -> None:
    with pytest.raises(LocalCloudError, match="--function"):
        Function.parse(text)


def test_variables_are_names_and_values() -> None:
    assert parse_variables(["A=1", "B=", "C=x=y"]) == {"A": "1", "B": "", "C": "x=y"}
    with pytest.raises(LocalCloudError, match="'1A=x'"):
        parse_variables(["1A=x"])

from pathlib import Path

import pytest

from localcloud.errors import LocalCloudError
from localcloud.runtime.images import ImageRule, LocalImage, local_name, search_path

PYTHON = "/venv/bin/python"


def test_programs_of_the_image_come_first_and_those_of_wheels_last() -> None:
    rules = [ImageRule("*/samtools:*", Path("/sam")), ImageRule("*", Path("/all"))]
    path = search_path("quay.io/x/samtools:1.2", rules, "/venv/bin:/usr/bin::/bin", PYTHON)
    assert path == "/sam:/all:/usr/bin:/bin:/venv/bin"


def test_a_script_of_the_machine_has_no_image() -> None:
    assert search_path(None, [ImageRule("*", Path("/all"))], "/bin", PYTHON) == "/bin:/venv/bin"


def test_a_rule_is_a_pattern_and_an_existing_directory(tmp_path: Path) -> None:
    assert ImageRule.parse(f"*/x:*={tmp_path}") == ImageRule("*/x:*", tmp_path)


@pytest.mark.parametrize("text", ["x", "=/tmp", "x=", "x=/no/such/directory"])
def test_other_rules_are_refused(text: str) -> None:
    with pytest.raises(LocalCloudError, match="--image"):
        ImageRule.parse(text)


def test_a_local_image_stands_for_those_that_match_its_pattern() -> None:
    images = [LocalImage.parse("*/samtools:*=localhost/sam:1"), LocalImage.parse("a*=x=y")]
    assert local_name("quay.io/x/samtools:1.2", images) == "localhost/sam:1"
    assert local_name("abc", images) == "x=y"
    assert local_name("quay.io/x/bcftools:1", images) == "quay.io/x/bcftools:1"


@pytest.mark.parametrize("text", ["x", "=x", "x="])
def test_a_local_image_without_pattern_or_name_is_refused(text: str) -> None:
    with pytest.raises(LocalCloudError, match="PATTERN=NAME"):
        LocalImage.parse(text)

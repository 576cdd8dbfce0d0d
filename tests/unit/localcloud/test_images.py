from pathlib import Path

import pytest

from localcloud.errors import LocalCloudError
from localcloud.runtime.images import ImageRule, search_path

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

"""What the README says works."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import REPOSITORY
from tests.rules.project import Project

README = (REPOSITORY / "README.md").read_text()


def test_the_example_of_a_new_tool_is_a_rule_of_the_workflow(tmp_path: Path) -> None:
    """Its file is put beside the others and named in the configuration; then it is planned."""
    (rule,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    project = Project.make(tmp_path)
    (tmp_path / "workflow/rules/count_reads.smk").write_text(rule)
    assert "rule count_reads:" in project.planned("report/multiqc.html", "extras=[count_reads]")
    assert "rule count_reads:" not in project.planned("report/multiqc.html")


@pytest.mark.parametrize(
    "target", sorted(set(re.findall(r"(?:^ {4}|`)make ([a-z]+)", README, re.MULTILINE)))
)
def test_every_make_target_it_names_is_listed_by_make_help(target: str) -> None:
    listed = subprocess.run(
        ["make", "help"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert f"make {target} " in listed.stdout

"""The pages about deployment name options, variables and files that exist."""

import re
import shlex
from pathlib import Path

import pytest

from headrace import cli

REPOSITORY = Path(__file__).parents[3]
DOCS = REPOSITORY / "docs"
DECLARED = (REPOSITORY / "infra" / "variables.tf").read_text()
VARIABLES = set(re.findall(r'^variable "(\w+)"', DECLARED, re.MULTILINE))
OURS = {
    "billing_account",
    "budget_currency",
    "budget_emails",
    "existing_network",
    "inbox_bucket",
    "kms_key",
    "monthly_budget",
    "nat",
    "prefix",
    "project_id",
    "results_bucket",
    "service_perimeter",
    "subnet_range",
    "versioning",
}


def test_variables_that_pages_name_are_variables() -> None:
    text = "".join((DOCS / page).read_text() for page in ("deploy.md", "migrate.md", "security.md"))
    assert {name for name in OURS if re.search(rf"`{name}\b", text)} == OURS
    assert OURS <= VARIABLES


@pytest.mark.parametrize("page", ["deploy.md", "migrate.md", "security.md"])
def test_links_lead_to_pages_and_headings_that_are_there(page: str) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", (DOCS / page).read_text()):
        file, _, heading = target.partition("#")
        linked = DOCS / (file or page)
        assert linked.is_file(), target
        titles = re.findall(r"^#+ (.*)$", linked.read_text(), re.MULTILINE)
        slugs = {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}
        assert not heading or heading in slugs, target


def test_options_that_pages_name_are_options_of_the_executor() -> None:
    text = (DOCS / "migrate.md").read_text() + (DOCS / "deploy.md").read_text()
    source = (
        REPOSITORY / "src" / "snakemake_executor_plugin_lifesciences" / "__init__.py"
    ).read_text()
    known = {name.replace("_", "-") for name in re.findall(r"^    (\w+): ", source, re.MULTILINE)}
    named = set(re.findall(r"(?<![a-z-])(?:--)?lifesciences-([a-z-]+)", text))
    assert named
    assert named <= known


def test_the_commands_of_the_tutorial_are_commands() -> None:
    text = (DOCS / "tutorial.md").read_text().replace("<walkthrough-project-id/>", "my-lab")
    commands = [shlex.split(line) for line in re.findall(r"^```sh\n(.*)\n```$", text, re.MULTILINE)]
    ours = [words[1:] for words in commands if words[0] == "headrace"]
    assert {" ".join(words[:2]) for words in ours} >= {"deploy plan", "deploy apply", "runs watch"}
    assert all(cli.parser().parse_args(words).command for words in ours)
    targets = {
        line.partition(":")[0] for line in (REPOSITORY / "Makefile").read_text().splitlines()
    }
    assert {words[1] for words in commands if words[0] == "make"} <= targets


def test_the_tutorial_is_what_cloud_shell_opens() -> None:
    assert "cloudshell_tutorial=docs/tutorial.md" in (DOCS / "deploy.md").read_text()
    text = (DOCS / "tutorial.md").read_text()
    opened = re.findall(r"<(walkthrough-[a-z-]+)[^>/]*>", text)
    assert sorted(opened) == sorted(re.findall(r"</(walkthrough-[a-z-]+)>", text))

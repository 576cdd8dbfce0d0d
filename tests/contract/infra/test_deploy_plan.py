"""`headrace deploy plan` on the real Terraform: what a person reads before anything is done."""

import shlex
import shutil
from pathlib import Path

import pytest

from headrace.deploy import answers
from headrace.deploy.steps import Deployment
from headrace.deploy.tools import Tools
from headrace.errors import DeployError
from tests.contract.infra import terraform
from tests.contract.infra.conftest import BILLING_ACCOUNT, PROJECT
from tests.contract.infra.terraform import Terraform

REPOSITORY = Path(__file__).parents[3]
ROOMS = ("config", "guard", "images", "profiles", "src", "trigger", "workflow")
FILES = ("LICENSE", "NOTICE", "README.md", "constraints.txt", "pyproject.toml")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = terraform.copy(tmp_path).parent
    for room in ROOMS:
        shutil.copytree(REPOSITORY / room, folder / room)
    for file in FILES:
        shutil.copy(REPOSITORY / file, folder / file)
    return folder


def deployment(tf: Terraform, checkout: Path, heard: list[str]) -> Deployment:
    """One whose `terraform` is the one that knows the schema, program or library."""
    program = checkout / "bin" / "terraform"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.join(tf.program)} "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}:{tf.environment['PATH']}"
    tools = Tools(checkout, {**tf.environment, "PATH": path})
    return Deployment(tools, PROJECT, "us-central1", heard.append, lambda _: "")


def test_a_plan_tells_what_is_made_its_cost_and_who_may_do_what(
    tf: Terraform, checkout: Path
) -> None:
    given = {"project_id": PROJECT, "region": "us-central1", "billing_account": BILLING_ACCOUNT}
    answers.settle(checkout, given)
    heard: list[str] = []
    deployment(tf, checkout, heard).plan()
    text = "\n".join(heard)
    assert "module.function[0].google_cloudfunctions2_function.function" in text
    assert "module.guard[0].google_cloudfunctions2_function.function" in text
    assert "Cost while nobody uploads: 0.60 USD a month, and what is stored" in text
    assert "function: iam.serviceAccountUser on account controller" in text


def test_what_terraform_refuses_is_told_in_its_words(tf: Terraform, checkout: Path) -> None:
    answers.settle(checkout, {"project_id": PROJECT, "region": "us-central1-a"})
    with pytest.raises(DeployError, match="region must be a region, such as us-central1"):
        deployment(tf, checkout, []).plan()

"""`headrace deploy` on the real Terraform, with the provider that makes nothing."""

import json
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from headrace import settings as settings_module
from headrace.deploy import answers, images
from headrace.deploy.steps import Deployment
from headrace.deploy.tools import Tools
from headrace.errors import DeployError
from headrace.settings import GCP_FILE
from tests.contract.infra import terraform
from tests.contract.infra.conftest import BILLING_ACCOUNT, PROJECT, REPOSITORY
from tests.contract.infra.terraform import Terraform

ROOT = Path(__file__).parents[3]
ROOMS = ("config", "guard", "images", "profiles", "src", "trigger", "workflow")
FILES = ("LICENSE", "NOTICE", "README.md", "constraints.txt", "pyproject.toml")
GIVEN = {"project_id": PROJECT, "region": "us-central1", "billing_account": BILLING_ACCOUNT}

Make = Callable[[list[str]], Deployment]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = terraform.copy(tmp_path).parent
    left = shutil.ignore_patterns("__pycache__", "settings.yaml")
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=left)
    for file in FILES:
        shutil.copy(ROOT / file, folder / file)
    return folder


@pytest.fixture
def deployment(tf: Terraform, checkout: Path) -> Make:
    """Makes deployments whose terraform knows the schema, and whose gcloud always succeeds."""
    programs = checkout / "bin"
    programs.mkdir()
    tag = images.tag(checkout)
    pushed = [
        {"name": f"{REPOSITORY}/{name}:{tag}", "digest": f"sha256:{'c' * 64}"}
        for name in images.NAMES
    ]
    answer = {
        "results": {"images": pushed},
        "eventTrigger": {"trigger": "t"},
        "transport": {"pubsub": {"subscription": "s"}},
    }
    (programs / "gcloud").write_text(f"#!/bin/sh\necho {shlex.quote(json.dumps(answer))}\n")
    (programs / "terraform").write_text(f'#!/bin/sh\nexec {shlex.join(tf.program)} "$@"\n')
    for program in programs.iterdir():
        program.chmod(0o755)
    path = f"{programs}:{tf.environment['PATH']}"
    tools = Tools(checkout, {**tf.environment, "PATH": path})
    return lambda heard: Deployment(tools, PROJECT, "us-central1", heard.append, lambda _: PROJECT)


def state(checkout: Path) -> set[str]:
    """What Terraform believes to have made, by type and name."""
    kept = json.loads((checkout / "infra" / "terraform.tfstate").read_text())
    return {
        f"{resource['type']}.{resource['name']}"
        for resource in kept["resources"]
        if resource["mode"] == "managed"
    }


def test_a_plan_tells_what_is_made_its_cost_and_who_may_do_what(
    deployment: Make, checkout: Path
) -> None:
    answers.settle(checkout, GIVEN)
    heard: list[str] = []
    deployment(heard).plan()
    text = "\n".join(heard)
    assert "module.function[0].google_cloudfunctions2_function.function" in text
    assert "module.guard[0].google_cloudfunctions2_function.function" in text
    assert "Cost while nobody uploads: 0.70 USD a month, and what is stored" in text
    assert "function: iam.serviceAccountUser on account controller" in text


def test_an_installation_is_made_kept_and_unmade(deployment: Make, checkout: Path) -> None:
    """Applying again changes nothing; destroying keeps the buckets; then it can be made again."""
    answers.settle(checkout, GIVEN)
    deployment([]).apply()
    settings = settings_module.load({}, checkout / GCP_FILE)
    assert settings.controller_image.endswith(f"@sha256:{'c' * 64}")
    assert settings.inbox == "lab-project-headrace-inbox"
    heard: list[str] = []
    deployment(heard).apply()
    assert "Nothing changes." in heard
    deployment([]).destroy()
    assert state(checkout) == {
        "google_project_iam_member.gcs_publishes",
        "google_project_service.api",
        "google_storage_bucket.bucket",
    }
    deployment([]).apply()
    assert "google_cloudfunctions2_function.function" in state(checkout)
    deployment([]).destroy(data=True)
    assert state(checkout) == set()


def test_what_terraform_refuses_is_told_in_its_words(deployment: Make, checkout: Path) -> None:
    answers.settle(checkout, {"project_id": PROJECT, "region": "us-central1-a"})
    with pytest.raises(DeployError, match="region must be a region, such as us-central1"):
        deployment([]).plan()

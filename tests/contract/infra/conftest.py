"""Terraform with the google provider's schema, and copies of `infra/` to run it in."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.infra import provider, terraform
from tests.contract.infra.schema import GOOGLE_JSON
from tests.contract.infra.terraform import Terraform

PROJECT = "lab-project"
DIGEST = "sha256:" + "a" * 64
REPOSITORY = f"us-central1-docker.pkg.dev/{PROJECT}/headrace-images"
BILLING_ACCOUNT = "012345-6789AB-CDEF01"


@pytest.fixture(scope="session")
def tf() -> Iterator[Terraform]:
    """Terraform that knows the google provider's schema; a socket's path must be short."""
    with tempfile.TemporaryDirectory() as name:
        schema = json.loads(GOOGLE_JSON.read_text())
        with provider.running(schema, Path(name)) as providers:
            yield terraform.find(providers, Path(name))


@pytest.fixture(scope="session")
def initialised(tf: Terraform, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of `infra/` whose modules Terraform has found; to be copied, not changed."""
    folder = terraform.copy(tmp_path_factory.mktemp("initialised"))
    tf.must(folder, "init", "-no-color")
    return folder


@pytest.fixture
def infra(initialised: Path, tmp_path: Path) -> Path:
    """A copy of `infra/` of the test's own."""
    return Path(shutil.copytree(initialised, tmp_path / "infra"))


def variables(folder: Path) -> dict[str, Any]:
    """Return the variables of a whole installation with everything on."""
    zip_file = folder / "function.zip"
    zip_file.write_bytes(b"zip")
    return {
        "project_id": PROJECT,
        "region": "us-central1",
        "stage_image": f"{REPOSITORY}/stage@{DIGEST}",
        "controller_image": f"{REPOSITORY}/controller@{DIGEST}",
        "function_zip": str(zip_file),
        "guard_zip": str(zip_file),
        "billing_account": BILLING_ACCOUNT,
        "budget_emails": ["owner@example.org"],
        "caps": {"run": 12.5, "month": 400},
    }


@pytest.fixture(scope="session")
def plan(
    tf: Terraform, initialised: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """The plan of that installation."""
    home = tmp_path_factory.mktemp("plan")
    folder = Path(shutil.copytree(initialised, home / "infra"))
    return tf.plan(folder, variables(home))

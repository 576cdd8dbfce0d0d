"""Images are built on pinned ones, hold the programs jobs start, and can do without quay.io."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[3]
MIRROR = "us-central1-docker.pkg.dev/lab/headrace-quay"


@pytest.mark.parametrize("name", ["stage", "controller"])
def test_an_image_is_built_on_one_that_is_pinned_from_files_that_are_there(name: str) -> None:
    text = (REPOSITORY / "images" / name / "Dockerfile").read_text()
    assert re.findall(r"^FROM (.*)$", text, re.MULTILINE) == re.findall(
        r"^FROM (\S+@sha256:[0-9a-f]{64})$", text, re.MULTILINE
    )
    copied = [line.split()[1:-1] for line in text.splitlines() if line.startswith("COPY ")]
    assert copied
    assert all((REPOSITORY / file).exists() for files in copied for file in files)


@pytest.mark.parametrize("name", ["stage", "controller"])
def test_an_image_installs_the_part_of_its_name_at_the_pinned_versions(name: str) -> None:
    text = (REPOSITORY / "images" / name / "Dockerfile").read_text()
    assert f"-c /build/constraints.txt '/build[{name}]'" in text
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert name in project["optional-dependencies"]
    assert f"headrace-{name}" in project["scripts"]


def test_every_image_of_quay_is_taken_from_the_mirror_instead() -> None:
    """The controller image's own rewriting, done here."""
    lock = REPOSITORY / "images" / "lock.yaml"
    text = (REPOSITORY / "images" / "controller" / "Dockerfile").read_text()
    (command,) = re.findall(r'sed -i "(.*)" images/lock\.yaml', text)
    arguments = ["sed", command.replace("${QUAY}", MIRROR), str(lock)]
    rewritten = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout
    before, after = (yaml.safe_load(text)["images"] for text in (lock.read_text(), rewritten))
    assert after == {
        name: {**entry, "image": entry["image"].replace("quay.io/", f"{MIRROR}/", 1)}
        for name, entry in before.items()
    }
    assert not any(entry["image"].startswith("quay.io/") for entry in after.values())


def test_cloud_build_makes_both_images_with_the_substitutions_that_are_given() -> None:
    build = yaml.safe_load((REPOSITORY / "images" / "cloudbuild.yaml").read_text())
    assert [step["id"] for step in build["steps"]] == ["stage", "controller"]
    assert build["images"] == ["${_REPOSITORY}/stage:${_TAG}", "${_REPOSITORY}/controller:${_TAG}"]
    for step, image in zip(build["steps"], build["images"], strict=True):
        file = step["args"][step["args"].index("--file") + 1]
        assert (REPOSITORY / file).is_file()
        assert image in step["args"]
    assert build["options"] == {"logging": "CLOUD_LOGGING_ONLY"}

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
    text = dockerfile(name)
    assert re.search(r"^ARG BASE=python:[\w.-]+@sha256:[0-9a-f]{64}$", text, re.MULTILINE)
    stages = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert [stage for stage in stages if stage != "for-root"] == ["${BASE}", "${BASE}"]
    copied = [line.split()[1:-1] for line in text.splitlines() if line.startswith("COPY ")]
    ours = [files for files in copied if files[0] != "--from=build"]
    assert ours
    assert all((REPOSITORY / file).exists() for files in ours for file in files)


@pytest.mark.parametrize("name", ["stage", "controller"])
def test_an_image_installs_the_part_of_its_name_at_the_pinned_versions(name: str) -> None:
    text = dockerfile(name).replace('".[${EXTRA}]"', "'.[stage]'")
    assert f"-c constraints.txt '.[{name}]'" in text
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert name in project["optional-dependencies"]
    assert f"headrace-{name}" in project["scripts"]


@pytest.mark.parametrize("name", ["stage", "controller"])
def test_an_image_runs_as_an_ordinary_user_by_its_number(name: str) -> None:
    assert instructions(name)[-1] == "USER 10001"


def test_both_images_are_made_the_same_way() -> None:
    """Neither can be built from the other: Cloud Build makes both at once."""
    controller = [
        line.replace("'.[controller]'", '".[${EXTRA}]"') for line in instructions("controller")
    ]
    own = {"ARG EXTRA=stage", "FROM ${BASE} AS for-root", "FROM for-root"}
    assert set(instructions("stage")) - own <= set(controller)


def dockerfile(name: str) -> str:
    return (REPOSITORY / "images" / name / "Dockerfile").read_text()


def instructions(name: str) -> list[str]:
    lines = dockerfile(name).replace("\\\n", "").splitlines()
    return [" ".join(line.split()) for line in lines if line and not line.startswith("#")]


def test_every_image_of_quay_is_taken_from_the_mirror_instead() -> None:
    """The controller image's own rewriting, done here."""
    lock = REPOSITORY / "images" / "lock.yaml"
    text = dockerfile("controller")
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

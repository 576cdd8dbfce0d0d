"""A command finds the installation that is meant."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from headrace.commands import place
from headrace.errors import SettingsError

NOTHING: Mapping[str, str] = {}
GCP = """
project: lab
region: europe-west4
results: lab-results
inbox: lab-inbox
stage_image: stage
controller_image: controller
"""


def start_local_cloud(folder: Path) -> None:
    (folder / ".localcloud").mkdir()
    (folder / ".localcloud/env.sh").write_text(
        "export CLOUD_URL=http://127.0.0.1:1\nexport STORAGE_EMULATOR_HOST=http://127.0.0.1:2\n"
    )


def write_gcp_settings(folder: Path) -> None:
    (folder / "profiles/gcp").mkdir(parents=True)
    (folder / "profiles/gcp/settings.yaml").write_text(GCP)


def find(
    folder: Path, environ: Mapping[str, str] = NOTHING, *, want_local: bool = False
) -> tuple[str, str | None]:
    found = place.find(want_local=want_local, environ=environ, folder=folder)
    return found.project, found.storage_endpoint


def test_an_environment_of_a_local_cloud_is_that_cloud(tmp_path: Path) -> None:
    write_gcp_settings(tmp_path)
    environ = {"CLOUD_URL": "http://x", "STORAGE_EMULATOR_HOST": "http://y"}
    assert find(tmp_path, environ) == ("local", "http://y")


def test_a_file_for_google_cloud_is_google_cloud(tmp_path: Path) -> None:
    write_gcp_settings(tmp_path)
    start_local_cloud(tmp_path)
    assert find(tmp_path) == ("lab", None)


def test_the_local_cloud_can_be_asked_for(tmp_path: Path) -> None:
    write_gcp_settings(tmp_path)
    start_local_cloud(tmp_path)
    assert find(tmp_path, want_local=True) == ("local", "http://127.0.0.1:2")


def test_a_local_cloud_in_the_folder_is_used_where_nothing_else_is_named(tmp_path: Path) -> None:
    start_local_cloud(tmp_path)
    assert find(tmp_path) == ("local", "http://127.0.0.1:2")


def test_a_local_cloud_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No local cloud is running"):
        find(tmp_path, want_local=True)


def test_missing_settings_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="HEADRACE_PROJECT, HEADRACE_REGION"):
        find(tmp_path)

"""headrace.settings: where an installation lives."""

from pathlib import Path

import pytest

from headrace.errors import RecordError, SettingsError
from headrace.services.protocol import ServiceName
from headrace.settings import REQUIRED, environment, load

COMPLETE = {f"HEADRACE_{name.upper()}": name for name in REQUIRED}


def test_every_missing_setting_is_named_at_once_with_variable_and_file() -> None:
    with pytest.raises(SettingsError) as missing:
        load({"HEADRACE_PROJECT": "p", "HEADRACE_REGION": "r"}, Path("s.yaml"))
    assert str(missing.value) == (
        "Missing settings: set HEADRACE_RESULTS, HEADRACE_STAGE_IMAGE, HEADRACE_CONTROLLER_IMAGE "
        "in the environment or results, stage_image, controller_image in s.yaml."
    )


def test_the_environment_wins_over_the_file_and_the_file_over_defaults(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text("region: of-file\nrun: of-file\n")
    defaults = {"region": "of-defaults", "run": "of-defaults", "inbox": "of-defaults"}
    found = load({**COMPLETE, "HEADRACE_RUN": "of-environment"}, file, defaults)
    assert (found.inbox, found.run) == ("of-defaults", "of-environment")
    without_region = {key: COMPLETE[key] for key in COMPLETE if key != "HEADRACE_REGION"}
    assert load(without_region, file, defaults).region == "of-file"


def test_an_unknown_key_in_the_file_names_the_nearest(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text("regoin: x\n")
    with pytest.raises(RecordError, match=r"unknown key 'regoin'.*did you mean 'region'"):
        load(COMPLETE, file)


def test_an_unknown_service_is_refused() -> None:
    with pytest.raises(RecordError, match="'bacth'"):
        load({**COMPLETE, "HEADRACE_SERVICE": "bacth"})


def test_addresses_of_a_local_cloud_are_taken_from_its_variables() -> None:
    found = load({**COMPLETE, "CLOUD_URL": "http://a", "STORAGE_EMULATOR_HOST": "http://b"})
    assert (found.endpoint, found.storage_endpoint) == ("http://a", "http://b")


def test_settings_travel_to_another_machine_without_addresses() -> None:
    given = {**COMPLETE, "HEADRACE_SERVICE": "lifesciences", "CLOUD_URL": "http://a"}
    arrived = load(environment(load(given)))
    assert arrived.endpoint is None
    assert arrived.service is ServiceName.LIFESCIENCES
    assert (arrived.project, arrived.results) == ("project", "results")


def test_folders_of_a_run_are_apart_from_those_that_expire() -> None:
    found = load({**COMPLETE, "HEADRACE_RUN": "r1"})
    assert (found.run_uri, found.work_uri) == ("gs://results/runs/r1", "gs://results/work/r1")


def test_a_bare_off_in_the_file_is_the_word(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("fuse: off\n")
    assert load(COMPLETE, file).fuse == "off"

"""Where jobs go, by options and by environment."""

import pytest

from headrace.errors import SettingsError
from snakemake_executor_plugin_lifesciences import ExecutorSettings
from snakemake_executor_plugin_lifesciences.installation import complete

ENVIRONMENT = {
    "HEADRACE_PROJECT": "lab",
    "HEADRACE_REGION": "europe-west4",
    "HEADRACE_RESULTS": "lab-results",
    "HEADRACE_STAGE_IMAGE": "stage@sha256:1",
    "HEADRACE_CONTROLLER_IMAGE": "controller@sha256:2",
    "CLOUD_URL": "http://127.0.0.1:1",
}


def test_the_environment_says_what_the_options_leave_open() -> None:
    found = complete(ExecutorSettings(), ENVIRONMENT)
    assert (found.project, found.region, found.stage_image) == (
        "lab",
        "europe-west4",
        "stage@sha256:1",
    )
    assert (found.service, found.run, found.endpoint) == ("batch", "manual", "http://127.0.0.1:1")
    assert found.work == "gs://lab-results/work/manual"


def test_an_option_wins_over_the_environment() -> None:
    found = complete(ExecutorSettings(project="other", run="mine"), ENVIRONMENT)
    assert (found.project, found.work) == ("other", "gs://lab-results/work/mine")


def test_options_alone_are_enough() -> None:
    options = ExecutorSettings(
        project="lab", region="r", work="gs://bucket/w", stage_image="s", controller_image="c"
    )
    assert complete(options, {}).work == "gs://bucket/w"


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(SettingsError, match="HEADRACE_REGION, HEADRACE_RESULTS"):
        complete(ExecutorSettings(project="lab"), {})

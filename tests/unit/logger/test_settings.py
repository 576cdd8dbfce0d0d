"""Where the status goes."""

from pathlib import Path

import pytest
from snakemake_interface_common.exceptions import WorkflowError

from headrace.gcs import ObjectUri
from snakemake_logger_plugin_headrace import LogHandlerSettings
from snakemake_logger_plugin_headrace.settings import Target, target_of

EMULATOR = {"STORAGE_EMULATOR_HOST": "http://127.0.0.1:9000"}


def test_the_documents_of_a_run_go_to_its_folder() -> None:
    place = ObjectUri("results", "runs/reads-12")
    settings = LogHandlerSettings(run="gs://results/runs/reads-12/")
    assert target_of(settings, {}) == Target("reads-12", place, None)
    assert target_of(settings, EMULATOR) == Target("reads-12", place, "http://127.0.0.1:9000")
    given = LogHandlerSettings(run="gs://results/runs/reads-12", endpoint="http://127.0.0.1:1")
    assert target_of(given, EMULATOR) == Target("reads-12", place, "http://127.0.0.1:1")


def test_without_a_run_the_status_may_go_to_a_file_or_nowhere() -> None:
    settings = LogHandlerSettings(file="here/status.json")
    assert target_of(settings, {}) == Target("local", Path("here/status.json"), None)
    assert target_of(LogHandlerSettings(), EMULATOR) is None


@pytest.mark.parametrize("run", ["results/runs/x", "gs://results", "s3://results/x"])
def test_a_run_that_is_no_folder_in_a_bucket_is_refused(run: str) -> None:
    with pytest.raises(WorkflowError, match=f"--logger-headrace-run: '{run}' is not"):
        target_of(LogHandlerSettings(run=run), {})


def test_an_interval_of_no_seconds_is_refused() -> None:
    with pytest.raises(WorkflowError, match="--logger-headrace-interval is 0"):
        target_of(LogHandlerSettings(interval=0), {})

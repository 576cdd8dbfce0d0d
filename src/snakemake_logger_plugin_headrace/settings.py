"""What a user may set, as `--logger-headrace-NAME`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_logger_plugins.settings import LogHandlerSettingsBase

from headrace.errors import InputError
from headrace.gcs import ObjectUri

VIEWS = ("auto", "lines")

EMULATOR_VARIABLE = "STORAGE_EMULATOR_HOST"


@dataclass
class LogHandlerSettings(LogHandlerSettingsBase):
    """Where the status goes; nowhere if neither `run` nor `file` is set."""

    run: str | None = field(
        default=None,
        metadata={
            "type": str,
            "help": "Folder of the run, such as gs://RESULTS/runs/RUN_ID; its status.json, "
            "jobs.json and index.html are kept up to date.",
        },
    )
    endpoint: str | None = field(
        default=None,
        metadata={
            "type": str,
            "help": "Address of another Cloud Storage service, such as http://127.0.0.1:4443; by "
            "default STORAGE_EMULATOR_HOST, else Google's.",
        },
    )
    file: str | None = field(
        default=None,
        metadata={
            "type": str,
            "help": "Local file to keep the status in, where no run is set.",
        },
    )
    view: str = field(
        default="auto",
        metadata={
            "type": str,
            "help": "What a terminal shows: 'auto' for a compact live view, or 'lines' for "
            "Snakemake's own lines, which are shown anyway where no terminal is.",
        },
    )
    interval: float = field(
        default=2.0,
        metadata={"type": float, "help": "Least seconds between two writes of a document."},
    )


@dataclass(frozen=True)
class Target:
    """Where a run's documents go.

    Attributes:
        run_id: the run's id.
        place: the run's folder in a bucket, or the file for the status alone.
        endpoint: the storage service; None for Google's.
    """

    run_id: str
    place: ObjectUri | Path
    endpoint: str | None


def target_of(
    settings: LogHandlerSettings, environ: Mapping[str, str] = os.environ
) -> Target | None:
    """Return where the status goes, None for nowhere.

    Raises:
        WorkflowError: a setting is not what it should be.
    """
    if settings.interval <= 0:
        raise WorkflowError(
            f"--logger-headrace-interval is {settings.interval}: give a number of seconds above 0."
        )
    if settings.view not in VIEWS:
        raise WorkflowError(
            f"--logger-headrace-view is '{settings.view}': write {' or '.join(VIEWS)}."
        )
    if settings.run:
        try:
            folder = ObjectUri.parse(settings.run.rstrip("/"))
        except InputError as error:
            raise WorkflowError(f"--logger-headrace-run: {error}") from error
        endpoint = settings.endpoint or environ.get(EMULATOR_VARIABLE) or None
        return Target(folder.name.rsplit("/", 1)[-1], folder, endpoint)
    if settings.file:
        return Target("local", Path(settings.file), None)
    return None

"""The folder a controller works in: the workflow's files, the run's sheet and configuration."""

import csv
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from headrace.errors import SettingsError
from headrace.runs.records import RunRequest, Sheet
from headrace.settings import Settings

OVERRIDES = Path("config/run.json")
"""The run's configuration, laid over the workflow's own."""

WORK_VARIABLE = "HEADRACE_WORK"
"""The variable that names another folder to work in than one where the program was started."""

_FOLDER = "controller"

_SHARED_ROOMS = ("images", "profiles")
"""Folders of the installation's home, for all its workflows."""

_OWN_ROOMS = ("workflow", "config")
"""Folders of each workflow's own home."""

_LEFT_BEHIND = shutil.ignore_patterns("__pycache__", ".snakemake", ".git")


@dataclass(frozen=True)
class Workspace:
    """The folder that the workflow runs in, and the log beside it."""

    home: Path
    log: Path


def place(work: Path) -> Workspace:
    """Return where things are below a controller's folder."""
    return Workspace(work / "run", work / "controller.log")


def disk(environ: Mapping[str, str]) -> Path:
    """Return the controller's folder, by default in the one where it was started.

    In its image that is a home on the boot disk: other disks are root's, which no controller is.
    """
    return Path(environ.get(WORK_VARIABLE) or Path.cwd() / _FOLDER)


def prepare(request: RunRequest, settings: Settings, work: Path) -> Workspace:
    """Copy the workflow into `work` and write what the run asks for.

    Raises:
        SettingsError: the image holds no workflow or not the profile.
    """
    common = Path(settings.workflow_home)
    own = common / request.home
    for folder, needed in ((own, "workflow"), (common, settings.profile)):
        if not (folder / needed).is_dir():
            raise SettingsError(
                f"There is no {needed} in {folder}: set HEADRACE_WORKFLOW_HOME and "
                "HEADRACE_PROFILE to folders of the controller image, and workflow: home of the "
                "trigger rule to one below the first."
            )
    space = place(work)
    home = space.home
    rooms = [common / room for room in _SHARED_ROOMS] + [own / room for room in _OWN_ROOMS]
    for room in rooms:
        if room.is_dir():
            shutil.copytree(room, home / room.name, ignore=_LEFT_BEHIND, dirs_exist_ok=True)
    if request.sheet is not None:
        write_sheet(request.sheet, home)
    overrides = home / OVERRIDES
    overrides.parent.mkdir(exist_ok=True)
    overrides.write_text(json.dumps(request.config, indent=2) + "\n")
    return space


def write_sheet(sheet: Sheet, home: Path) -> None:
    """Write the sheet as tab-separated text."""
    path = home / sheet.path
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        table = csv.writer(file, dialect="excel-tab", lineterminator="\n")
        table.writerow(sheet.columns)
        table.writerows(sheet.rows)

"""The times of the workflow's own files, by which Snakemake sees what is out of date.

On the disk of a fresh machine every file is new, and results made by an earlier controller would
look outdated by scripts that have not changed. So files are given an old time, except those that
differ from what the run was continued from: these are as new as the request, so that what depends
on them is made again, once.
"""

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from headrace.errors import ObjectMissingError
from headrace.gcs import ObjectUri
from headrace.records import decode_json, encode_json
from headrace.runs.records import run_folder
from headrace.runs.scene import Scene
from headrace.runs.store import Store

WORKFLOW_FILE = "workflow.json"

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC).timestamp()


class WorkflowFiles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`workflow.json`: SHA-256 of the files that a run's workflow began with, by path."""

    files: dict[str, str]


def date_files(scene: Scene) -> list[str]:
    """Give the workflow's files their times, and leave behind which they were."""
    home = scene.space.home
    mine = WorkflowFiles(files=_digests(home))
    changed = _changed(scene, mine)
    asked = scene.request.created.timestamp()
    for path in mine.files:
        seconds = asked if path in changed else LONG_AGO
        os.utime(home / path, (seconds, seconds))
    scene.store.create(scene.folder / WORKFLOW_FILE, encode_json(mine))
    return []


def _changed(scene: Scene, mine: WorkflowFiles) -> set[str]:
    """Return the files that the run which this one continues did not have like this."""
    if scene.request.continues is None:
        return set()
    former = _read(scene.store, run_folder(scene.folder.bucket, scene.request.continues))
    return {path for path, digest in mine.files.items() if former.get(path) != digest}


def _read(store: Store, folder: ObjectUri) -> dict[str, str]:
    uri = folder / WORKFLOW_FILE
    try:
        return decode_json(store.read(uri), WorkflowFiles, str(uri)).files
    except ObjectMissingError:
        return {}


def _digests(home: Path) -> dict[str, str]:
    files = (file for file in sorted(home.rglob("*")) if file.is_file())
    return {
        file.relative_to(home).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
    }

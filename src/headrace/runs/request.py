"""Reading `run.json`, as its one reader: the controller."""

import msgspec

from headrace import gcs
from headrace.errors import InputError, RecordError
from headrace.gcs import ObjectUri
from headrace.records import decode_json
from headrace.runs.records import REQUEST_VERSION, RUN_FILE, RunRequest, Sheet
from headrace.runs.store import Store


def run_id_of(uri: ObjectUri) -> str:
    """Return the run id in `gs://RESULTS/runs/RUN_ID/run.json`; raises `InputError` otherwise."""
    parts = uri.name.split("/")
    match parts:
        case ["runs", run_id, file] if run_id and file == RUN_FILE:
            return run_id
        case _:
            raise InputError(f"'{uri}' is no run: write gs://RESULTS/runs/RUN_ID/{RUN_FILE}.")


def read(store: Store, uri: ObjectUri) -> RunRequest:
    """Return the request, checked; raises `RecordError` or `UnsafeNameError` if it is wrong.

    What it says ends up in files and arguments of the workflow program, so all of it is checked
    again here: others than the function may write requests.
    """
    document = store.read(uri)
    _check_version(document, str(uri))
    request = decode_json(document, RunRequest, str(uri))
    if request.run_id != run_id_of(uri):
        raise RecordError(f"{uri}: its run_id is '{request.run_id}', which is another run.")
    for uploaded in request.objects:
        gcs.check_name(uploaded.name, "object name")
    for target in request.targets:
        gcs.check_name(target, "target")
    for former in (request.continues, request.predecessor):
        if former is not None:
            gcs.check_name(former, "former run")
    if request.profile is not None:
        gcs.check_name(request.profile, "profile")
    if request.home:
        gcs.check_name(request.home, "home")
    if request.sheet is not None:
        _check_sheet(request.sheet, str(uri))
    return request


def check_image(request: RunRequest, image: str) -> None:
    """Raise `RecordError` if another controller image than this one was asked for."""
    if request.image != image:
        raise RecordError(
            f"Run {request.run_id} asks for the controller image '{request.image}', and this is "
            f"'{image}': workflow and Headrace may differ. Start it again for this image with "
            f"'headrace runs rerun {request.run_id}'."
        )


def _check_version(document: bytes, source: str) -> None:
    """Look at the version before the rest: a later one may have keys that are unknown here."""
    version = decode_json(document, _Version, source).version
    if version != REQUEST_VERSION:
        raise RecordError(
            f"{source}: version {version} is not known here, only {REQUEST_VERSION}: let a "
            "controller image of the release that wrote it carry it out."
        )


class _Version(msgspec.Struct, frozen=True):
    version: int = REQUEST_VERSION


def _check_sheet(sheet: Sheet, source: str) -> None:
    gcs.check_name(sheet.path, "sheet path")
    if sheet.path.startswith("/"):
        raise RecordError(f"{source}: sheet path '{sheet.path}' must be relative.")
    for row in [sheet.columns, *sheet.rows]:
        if len(row) != len(sheet.columns):
            raise RecordError(
                f"{source}: the sheet has {len(sheet.columns)} columns, but a row of {len(row)}."
            )
        for cell in row:
            if not cell.isprintable():
                raise RecordError(f"{source}: the sheet holds a tab or line break: {cell!r}.")

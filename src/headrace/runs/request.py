"""Reading `run.json`, as its one reader: the controller."""

from headrace import gcs
from headrace.errors import InputError, RecordError
from headrace.gcs import ObjectUri
from headrace.records import decode_json
from headrace.runs.records import RUN_FILE, RunRequest, Sheet
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
    request = decode_json(store.read(uri), RunRequest, str(uri))
    if request.run_id != run_id_of(uri):
        raise RecordError(f"{uri}: its run_id is '{request.run_id}', which is another run.")
    for uploaded in request.objects:
        gcs.check_name(uploaded.name, "object name")
    for target in request.targets:
        gcs.check_name(target, "target")
    if request.profile is not None:
        gcs.check_name(request.profile, "profile")
    if request.sheet is not None:
        _check_sheet(request.sheet, str(uri))
    return request


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

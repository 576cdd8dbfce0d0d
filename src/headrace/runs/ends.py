"""Writing the end of a run, once, whoever comes first."""

from typing import TypeVar

from headrace.errors import ObjectMissingError
from headrace.gcs import ObjectUri
from headrace.records import decode_json, encode_json
from headrace.runs.records import ERROR_FILE, OUTPUTS_FILE, RunError, RunOutputs
from headrace.runs.scene import End
from headrace.runs.store import Store

Document = TypeVar("Document")


def write(store: Store, folder: ObjectUri, end: End) -> End:
    """Write the end of the run in `folder` and return the end that holds.

    The first error holds against later ones: a run that was cancelled stays so, whatever its
    controller says of being stopped. Outputs hold against errors: all results are there.

    Raises:
        StorageError: it could not be written; the same call may be repeated.
    """
    match end:
        case RunOutputs():
            store.write(folder / OUTPUTS_FILE, encode_json(end))
            return end
        case RunError():
            outputs = _read(store, folder / OUTPUTS_FILE, RunOutputs)
            if outputs is not None:
                return outputs
            if store.create(folder / ERROR_FILE, encode_json(end)):
                return end
            return _read(store, folder / ERROR_FILE, RunError) or end


def read(store: Store, folder: ObjectUri) -> End | None:
    """Return the end that holds, if the run has ended; raises `StorageError` or `RecordError`."""
    outputs = _read(store, folder / OUTPUTS_FILE, RunOutputs)
    return outputs or _read(store, folder / ERROR_FILE, RunError)


def _read(store: Store, uri: ObjectUri, kind: type[Document]) -> Document | None:
    try:
        return decode_json(store.read(uri), kind, str(uri))
    except ObjectMissingError:
        return None

"""The pause of an installation: one object that everybody who submits looks at first.

`gs://RESULTS/control/paused.json` says whether, since when, by whom and why. The guard and
`headrace pause` write it, `headrace resume` writes the opposite; the function and the controller
call `check` before every submission.
"""

from datetime import datetime

import msgspec

from headrace.errors import ObjectMissingError, PausedError
from headrace.gcs import ObjectUri
from headrace.records import decode_json, encode_json
from headrace.runs.store import Store

CONTROL_FOLDER = "control"
"""Folder of the results bucket that jobs cannot write to."""

PAUSE_FILE = f"{CONTROL_FOLDER}/paused.json"


class PauseState(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`control/paused.json`.

    Attributes:
        paused: whether nothing may be submitted.
        reason: why, for people; ends without a full stop.
        by: who said so: `guard`, or a person's name on their machine.
        since: when.
    """

    paused: bool
    reason: str
    by: str
    since: datetime


def check(store: Store, results: str) -> None:
    """Return if jobs may be submitted now; `results` is the installation's results bucket.

    Raises:
        PausedError: they may not; the message says since when and why, and how to go on.
        StorageError, RecordError: it could not be found out, so they may not either.
    """
    state = read(store, results)
    if state is not None and state.paused:
        raise PausedError(
            f"Submissions are paused since {state.since:%Y-%m-%d %H:%M} UTC by {state.by}: "
            f"{state.reason}. Run 'headrace resume' to go on."
        )


def read(store: Store, results: str) -> PauseState | None:
    """Return the state, or None if it was never set."""
    uri = pause_uri(results)
    try:
        return decode_json(store.read(uri), PauseState, str(uri))
    except ObjectMissingError:
        return None


def write(store: Store, results: str, state: PauseState) -> None:
    """Set the state, whatever it was."""
    store.write(pause_uri(results), encode_json(state))


def pause_uri(results: str) -> ObjectUri:
    """Return the address of the object."""
    return ObjectUri(results, PAUSE_FILE)

"""`headrace pause` and `headrace resume`: whether anything may be submitted."""

from datetime import UTC, datetime

from headrace.commands import output
from headrace.errors import InputError
from headrace.guard import pause
from headrace.guard.pause import PauseState
from headrace.runs.store import Store


def stop(store: Store, results: str, reason: str, by: str) -> None:
    """Let nothing be submitted any more; what runs goes on."""
    pause.write(store, results, _state(paused=True, reason=reason, by=by))
    output.say("Paused: nothing is submitted until 'headrace resume'. What runs goes on.")


def go_on(store: Store, results: str, reason: str, by: str) -> None:
    """Let everything be submitted again; raises `InputError` if it never was otherwise."""
    state = pause.read(store, results)
    if state is None or not state.paused:
        raise InputError(f"gs://{results} is not paused.")
    pause.write(store, results, _state(paused=False, reason=reason, by=by))
    output.say(f"Resumed. It was paused by {state.by}: {state.reason}.")


def _state(*, paused: bool, reason: str, by: str) -> PauseState:
    return PauseState(paused=paused, reason=reason.rstrip("."), by=by, since=datetime.now(UTC))

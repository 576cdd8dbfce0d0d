"""The access token of a machine: kept as long as it lives, and asked for until it comes."""

import json

import pytest

from headrace.errors import StorageError
from headrace.staging.credentials import MachineToken
from headrace.staging.patience import Patience


def impatient() -> Patience:
    return Patience(sleep=lambda _seconds: None)


def test_a_token_is_asked_for_again_a_minute_before_it_runs_out() -> None:
    now, asked = [0.0], []

    def ask() -> bytes:
        asked.append(now[0])
        return json.dumps({"access_token": f"t{len(asked)}", "expires_in": 600}).encode()

    token = MachineToken(ask, clock=lambda: now[0])
    for now[0], text in ((0.0, "t1"), (540.0, "t1"), (541.0, "t2"), (1000.0, "t2")):
        assert token.headers() == {"Authorization": f"Bearer {text}"}
    assert asked == [0.0, 541.0]


def test_a_metadata_server_that_fails_is_asked_again() -> None:
    answers = iter([b"", b"busy", b'{"access_token": "t", "expires_in": 60}'])

    def ask() -> bytes:
        answer = next(answers)
        if not answer:
            raise OSError("no route")
        return answer

    assert MachineToken(ask, new_patience=impatient).headers() == {"Authorization": "Bearer t"}


def test_where_there_is_no_metadata_server_the_variable_to_set_is_named() -> None:
    def ask() -> bytes:
        raise OSError("no route")

    with pytest.raises(StorageError, match=r"no route.*outside Google Cloud set STORAGE_EMULATOR"):
        MachineToken(ask, new_patience=impatient).headers()

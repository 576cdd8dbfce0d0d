"""The `localcloud` command: up, down, status, reset, faults."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from localcloud import up
from localcloud.errors import LocalCloudError
from localcloud.statedir import CloudState, StateDir

_DEFAULT_STATE = Path(".localcloud")
_STOP_SECONDS = 30.0
_POLL_SECONDS = 0.05


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(words)
    command: Callable[[argparse.Namespace, list[str]], int] = options.command
    try:
        return command(options, words)
    except LocalCloudError as error:
        sys.stderr.write(f"{up.ERROR_PREFIX}{error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="localcloud",
        description="Cloud Storage, Life Sciences v2beta, Batch v1 and events on this machine.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    start = commands.add_parser("up", help="start a local cloud", description="start a local cloud")
    _add_state(start)
    up.add_options(start)
    start.set_defaults(command=_up)
    for name, text, command in (
        ("down", "stop it and all that runs in it", _down),
        ("status", "say where it is and whether it is well", _status),
        ("reset", "end and forget all jobs", _reset),
    ):
        sub = commands.add_parser(name, help=text, description=text)
        _add_state(sub)
        sub.set_defaults(command=command)
    _add_faults(commands.add_parser("faults", help="order, list or clear faults"))
    return parser


def _add_faults(faults: argparse.ArgumentParser) -> None:
    _add_state(faults)
    faults.set_defaults(command=_faults)
    faults.add_argument("action", choices=("list", "clear", "order"))
    faults.add_argument("orders", nargs="*", metavar="JSON", help="orders, each a JSON object")


def _add_state(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--state",
        type=Path,
        default=_DEFAULT_STATE,
        metavar="DIR",
        help="its state directory (default: %(default)s)",
    )


def _up(options: argparse.Namespace, words: list[str]) -> int:
    if not options.detach:
        return up.run(options)
    _say_where(StateDir(options.state), up.run_detached(options, words))
    return 0


def _say_where(directory: StateDir, state: CloudState) -> None:
    lines = [
        f"Life Sciences and Batch  {state.cloud_url}",
        f"Cloud Storage            {state.storage_url}",
        *(
            f"function {name}: {each.url} (log: {each.log})"
            for name, each in state.functions.items()
        ),
        f"machines                 {state.machines}",
        f"settings for your shell  . {directory.path / 'env.sh'}",
        f"logs of jobs             {directory.path / 'logs'}",
        f"stop it                  localcloud down --state {directory.path}",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


def _down(options: argparse.Namespace, _words: list[str]) -> int:
    directory = StateDir(options.state)
    state = _wait_for_state(directory)
    if state is None:
        sys.stdout.write(f"no local cloud runs in {directory.path}\n")
        return 0
    os.kill(state.pid, signal.SIGTERM)
    if not directory.wait_until_free(_STOP_SECONDS):
        raise LocalCloudError(
            f"the local cloud in {directory.path} (process {state.pid}) has not stopped after"
            f" {_STOP_SECONDS:g} s."
        )
    sys.stdout.write(f"stopped the local cloud in {directory.path}\n")
    return 0


def _wait_for_state(directory: StateDir) -> CloudState | None:
    """The state of the local cloud that runs here, also of one that is just starting."""
    deadline = time.monotonic() + _STOP_SECONDS
    while directory.in_use():
        state = directory.read()
        if state is not None:
            return state
        if time.monotonic() > deadline:
            raise LocalCloudError(f"the local cloud in {directory.path} is starting or stopping.")
        time.sleep(_POLL_SECONDS)
    return None


def _status(options: argparse.Namespace, _words: list[str]) -> int:
    """Exit code 0 when it is well, 1 when it is not or does not run."""
    directory = StateDir(options.state)
    state = _running(directory)
    _say_where(directory, state)
    status, body = _call(state, "GET", "/_localcloud/health")
    sys.stdout.write(f"health                   {body}\n")
    return 0 if status == http.HTTPStatus.OK else 1


def _reset(options: argparse.Namespace, _words: list[str]) -> int:
    _call(_running(StateDir(options.state)), "POST", "/_localcloud/reset")
    sys.stdout.write("all jobs are forgotten\n")
    return 0


def _faults(options: argparse.Namespace, _words: list[str]) -> int:
    state = _running(StateDir(options.state))
    match options.action:
        case "list":
            sys.stdout.write(_call(state, "GET", "/_localcloud/faults")[1] + "\n")
        case "clear":
            _call(state, "DELETE", "/_localcloud/faults")
            sys.stdout.write("no fault is ordered any more\n")
        case _:
            for order in options.orders:
                status, body = _call(state, "POST", "/_localcloud/faults", order)
                if status != http.HTTPStatus.OK:
                    message = json.loads(body)["error"]["message"]
                    raise LocalCloudError(f"fault {order}: {message}.")
                sys.stdout.write(body + "\n")
    return 0


def _running(directory: StateDir) -> CloudState:
    state = directory.read()
    if state is None:
        raise LocalCloudError(f"no local cloud runs in {directory.path}.")
    return state


def _call(state: CloudState, method: str, path: str, body: str = "") -> tuple[int, str]:
    connection = http.client.HTTPConnection(urlsplit(state.cloud_url).netloc, timeout=30)
    try:
        with closing(connection):
            connection.request(method, path, body or None)
            response = connection.getresponse()
            return response.status, response.read().decode()
    except (OSError, http.client.HTTPException) as error:
        raise LocalCloudError(
            f"the local cloud does not answer at {state.cloud_url}: {error}."
        ) from None

"""The `localcloud` command: up, down, status, reset, faults."""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from localcloud.cloud import Cloud
from localcloud.errors import LocalCloudError
from localcloud.functions import Function
from localcloud.keeper import keep
from localcloud.runtime.images import ImageRule
from localcloud.settings import Settings, parse_variables
from localcloud.statedir import CloudState, StateDir

_DEFAULT_STATE = Path(".localcloud")
_STOP_SECONDS = 30.0
_START_SECONDS = 90.0
_POLL_SECONDS = 0.05
_ERROR_PREFIX = "localcloud: "


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(words)
    command: Callable[[argparse.Namespace, list[str]], int] = options.command
    try:
        return command(options, words)
    except LocalCloudError as error:
        sys.stderr.write(f"{_ERROR_PREFIX}{error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="localcloud",
        description="Cloud Storage, Life Sciences v2beta, Batch v1 and events on this machine.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_up(commands.add_parser("up", help="start a local cloud"))
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


def _add_up(up: argparse.ArgumentParser) -> None:
    _add_state(up)
    up.set_defaults(command=_up)
    add = up.add_argument
    add("--port", type=int, default=0, help="of the APIs; 0, the default, for any free one")
    add("--storage-port", type=int, default=0, help="of the storage; 0 for any free one")
    add("--in-memory", action="store_true", help="keep objects in memory, not under DIR/storage")
    add("--bucket", action="append", default=[], metavar="NAME", help="make this bucket (repeat)")
    add("--project", default="local-project", help="project id for clients (default: %(default)s)")
    add("--location", default="us-central1", help="region for clients (default: %(default)s)")
    add("--cpus", type=int, default=24, help="vCPU quota of each region (default: %(default)s)")
    add(
        "--image",
        action="append",
        default=[],
        metavar="PATTERN=DIR",
        help="images matching PATTERN have the programs of DIR (repeat)",
    )
    add(
        "--function",
        action="append",
        default=[],
        metavar="SOURCE:TARGET[@BUCKET]",
        help="run this function, on uploads to BUCKET, else on HTTP requests (repeat)",
    )
    add(
        "--function-env",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="variable for the functions (repeat)",
    )
    add("--keep-vms", action="store_true", help="keep the directories of released machines")
    add("--detach", action="store_true", help="return once all is up; log to DIR/localcloud.log")
    add("--until-stdin-closes", action="store_true", help="stop when standard input ends")


def _settings(options: argparse.Namespace) -> Settings:
    return Settings(
        state=options.state,
        port=options.port,
        storage_port=options.storage_port,
        in_memory=options.in_memory,
        buckets=tuple(options.bucket),
        project=options.project,
        location=options.location,
        cpus=options.cpus,
        images=tuple(ImageRule.parse(text) for text in options.image),
        functions=tuple(Function.parse(text) for text in options.function),
        function_environment=parse_variables(options.function_env),
        keep_vms=options.keep_vms,
        until_stdin_closes=options.until_stdin_closes,
    )


def _up(options: argparse.Namespace, words: list[str]) -> int:
    settings = _settings(options)
    directory = StateDir(settings.state)
    if options.detach:
        return _up_detached(directory, [word for word in words if word != "--detach"])
    directory.claim()
    keeper = os.getpid()
    return keep(lambda: _serve(settings, directory, keeper))


def _serve(settings: Settings, directory: StateDir, keeper: int) -> int:
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    directory.withdraw()

    async def run() -> None:
        await Cloud(settings, directory, keeper).serve()

    try:
        asyncio.run(run())
    except LocalCloudError as error:
        sys.stderr.write(f"{_ERROR_PREFIX}{error}\n")
        return 1
    return 0


def _up_detached(directory: StateDir, words: list[str]) -> int:
    """Start the same command in the background and wait until it is up or has failed."""
    if directory.in_use():
        directory.claim()  # says that it is in use
    directory.path.mkdir(parents=True, exist_ok=True)
    with directory.log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "localcloud", *words],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_SECONDS
    while (state := directory.read()) is None:
        if process.poll() is not None:
            raise LocalCloudError(_last_error(directory.log))
        if time.monotonic() > deadline:
            process.terminate()
            raise LocalCloudError(f"not up after {_START_SECONDS:g} s; see {directory.log}.")
        time.sleep(_POLL_SECONDS)
    _say_where(directory, state)
    return 0


def _last_error(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    last = lines[-1] if lines else f"ended without a word; see {log}"
    return last.removeprefix(_ERROR_PREFIX)


def _say_where(directory: StateDir, state: CloudState) -> None:
    lines = [
        f"Life Sciences and Batch  {state.cloud_url}",
        f"Cloud Storage            {state.storage_url}",
        *(
            f"function {name}: {each.url} (log: {each.log})"
            for name, each in state.functions.items()
        ),
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

"""Carry out one run: `headrace-controller gs://RESULTS/runs/RUN_ID/run.json`.

Whatever happens, the run's folder then holds `outputs.json` or `error.json`, and the exit code is
0 or 1 accordingly.
"""

import argparse
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from headrace import settings as settings_module
from headrace.errors import HeadraceError, InputError
from headrace.gcs import ObjectUri
from headrace.records import encode_json
from headrace.runs import console, ending, request, supervision, workspace
from headrace.runs.cloudstore import CloudStore
from headrace.runs.records import (
    ERROR_FILE,
    LOG_FILE,
    OUTPUTS_FILE,
    RunError,
    RunOutputs,
    RunRequest,
)
from headrace.runs.store import TEXT, Store
from headrace.runs.workspace import Workspace
from headrace.settings import Settings

LOG = logging.getLogger(__name__)


def main() -> int:
    """Command line entry point."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stdout)
    parser = argparse.ArgumentParser(prog="headrace-controller", description="Carry out one run.")
    parser.add_argument("request", help="gs://RESULTS/runs/RUN_ID/run.json")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        uri = ObjectUri.parse(parser.parse_args().request)
        request.run_id_of(uri)
        store = _store(os.environ)
    except HeadraceError as error:
        sys.stderr.write(f"headrace-controller: {error}\n")
        return 2 if isinstance(error, InputError) else 1
    controller = Controller(uri, store, os.environ, stop, lambda: datetime.now(UTC))
    return controller.carry_out()


@dataclass(frozen=True)
class Controller:
    """Carries out the request at `uri`; `stop` may be set at any time."""

    uri: ObjectUri
    store: Store
    environ: Mapping[str, str]
    stop: threading.Event
    clock: Callable[[], datetime]

    def carry_out(self) -> int:
        """Run the workflow, write the end, return the exit code."""
        try:
            end = self._run()
        except HeadraceError as error:
            end = ending.error(self._folder, str(error), self.clock())
        except Exception as error:
            LOG.exception("The controller failed.")
            sentence = f"The controller failed, which is a fault of Headrace: {error!r}"
            end = ending.error(self._folder, sentence, self.clock())
        return self._write(end)

    @property
    def _folder(self) -> ObjectUri:
        return ObjectUri(self.uri.bucket, self.uri.name.rpartition("/")[0])

    def _run(self) -> RunOutputs | RunError:
        started = time.monotonic()
        settings = settings_module.load(self.environ)
        wanted = request.read(self.store, self.uri)
        if wanted.profile is not None:
            settings = msgspec.structs.replace(settings, profile=wanted.profile)
        space = workspace.prepare(wanted, settings, workspace.disk(self.environ))
        exit_code = self._supervise(wanted, settings, space)
        report = console.read(space.log.read_text(errors="replace"))
        if self.stop.is_set() and exit_code != 0:
            return ending.error(self._folder, ending.STOPPED, self.clock(), exit_code=exit_code)
        if exit_code != 0:
            return ending.failure(self._folder, report, exit_code, self.clock())
        seconds = time.monotonic() - started
        return ending.outputs(self.store, self._folder, report, seconds, self.clock())

    def _supervise(self, wanted: RunRequest, settings: Settings, space: Workspace) -> int:
        try:
            return supervision.run(
                snakemake_command(wanted, settings),
                folder=space.home,
                environment={**self.environ, "HEADRACE_RUN": wanted.run_id},
                log=space.log,
                stop=self.stop,
                tick=lambda: self._upload_log(space.log),
            )
        finally:
            self._upload_log(space.log)

    def _upload_log(self, log: Path) -> None:
        """Put the log where people can read it; failing at that is no reason to fail the run."""
        try:
            self.store.write(self._folder / LOG_FILE, log.read_bytes(), TEXT)
        except (HeadraceError, OSError) as error:
            LOG.warning("The log was not uploaded: %s", error)

    def _write(self, end: RunOutputs | RunError) -> int:
        match end:
            case RunOutputs():
                file, text, exit_code = OUTPUTS_FILE, f"{end.jobs} jobs done.", 0
            case RunError():
                file, text, exit_code = ERROR_FILE, end.sentence, 1
        LOG.info("Run %s: %s", end.run_id, text)
        try:
            self.store.write(self._folder / file, encode_json(end))
        except HeadraceError as error:
            LOG.critical("%s was not written: %s", file, error)
            return 1
        return exit_code


def snakemake_command(wanted: RunRequest, settings: Settings) -> list[str]:
    """Return the workflow program's command line."""
    command = [sys.executable, "-m", "snakemake", "--profile", settings.profile]
    command += ["--configfile", str(workspace.OVERRIDES)]
    return [*command, "--", *wanted.targets] if wanted.targets else command


def _store(environ: Mapping[str, str]) -> Store:
    endpoint = environ.get("HEADRACE_STORAGE_ENDPOINT") or environ.get("STORAGE_EMULATOR_HOST")
    return CloudStore(environ.get("HEADRACE_PROJECT"), endpoint)


if __name__ == "__main__":
    sys.exit(main())

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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec

from headrace import settings as settings_module
from headrace.errors import HeadraceError, InputError, ObjectMissingError, StorageError
from headrace.gcs import ObjectUri
from headrace.notices import telling
from headrace.runs import console, ending, ends, hooks, request, supervision, workspace
from headrace.runs.cloudstore import CloudStore
from headrace.runs.records import LOG_FILE, RunError
from headrace.runs.scene import End, Scene
from headrace.runs.store import TEXT, Store
from headrace.services.retry import Backoff, retry

LOG = logging.getLogger(__name__)

PATIENCE_SECONDS = 900.0
"""How long the end of a run may wait for the storage, beyond the client's own patience."""


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
        """Run the workflow, write the end, tell of it, return the exit code.

        One on a spot machine that is told to stop writes no end: the machine is being taken away,
        and a successor goes on (`headrace.runs.healing`). One that comes to a run which has ended,
        such as one that was cancelled before it began, leaves it alone.
        """
        scene: Scene | None = None
        try:
            held = ends.read(self.store, self._folder)
            if held is not None:
                LOG.info("Run %s has ended already.", held.run_id)
                return int(isinstance(held, RunError))
            scene = self._scene()
            end = self._run(scene)
            if self.stop.is_set() and scene.request.controller.spot and isinstance(end, RunError):
                LOG.warning("Run %s: stopped. The sweep decides what follows.", end.run_id)
                return 1
        except HeadraceError as error:
            end = ending.error(self._folder, str(error), self.clock())
        except Exception as error:
            LOG.exception("The controller failed.")
            end = ending.fault(self._folder, error, self.clock())
        return self._close(scene, end)

    @property
    def _folder(self) -> ObjectUri:
        return ObjectUri(self.uri.bucket, self.uri.name.rpartition("/")[0])

    def _scene(self) -> Scene:
        settings = settings_module.load(self.environ)
        wanted = request.read(self.store, self.uri)
        request.check_image(wanted, settings.controller_image)
        changes = {"run": wanted.run_id, "profile": wanted.profile or settings.profile}
        return Scene(
            request=wanted,
            settings=msgspec.structs.replace(settings, **changes),
            folder=self._folder,
            store=self.store,
            space=workspace.place(workspace.disk(self.environ)),
            environ={**self.environ, "HEADRACE_RUN": wanted.run_id},
            clock=self.clock,
        )

    def _run(self, scene: Scene) -> End:
        started = time.monotonic()
        workspace.prepare(scene.request, scene.settings, workspace.disk(self.environ))
        self._keep_former_log()
        telling.begun(scene)
        extra = [argument for before in hooks.BEFORE for argument in before(scene)]
        exit_code = self._supervise(scene, scene.snakemake(*extra))
        report = console.read(scene.space.log.read_text(errors="replace"))
        if self.stop.is_set() and exit_code != 0:
            return ending.error(self._folder, ending.STOPPED, self.clock(), exit_code=exit_code)
        if exit_code != 0:
            return ending.failure(self._folder, report, exit_code, self.clock())
        seconds = time.monotonic() - started
        return _patiently(
            lambda: ending.outputs(self.store, self._folder, report, seconds, self.clock())
        )

    def _supervise(self, scene: Scene, command: Sequence[str]) -> int:
        log = scene.space.log
        try:
            return supervision.run(
                command,
                folder=scene.space.home,
                environment=scene.environ,
                log=log,
                stop=self.stop,
                tick=lambda: self._upload_log(log),
            )
        finally:
            self._upload_log(log)

    def _keep_former_log(self) -> None:
        """Put the log of a controller that was lost aside, as `logs/controller-1.log` and so on."""
        try:
            former = self.store.read(self._folder / LOG_FILE)
            stem = LOG_FILE.removesuffix(".log")
            number = 1 + sum(1 for _ in self.store.list_objects(self._folder / f"{stem}-"))
            self.store.write(self._folder / f"{stem}-{number}.log", former, TEXT)
        except ObjectMissingError:
            return
        except HeadraceError as error:
            LOG.warning("The log of the former controller was not kept: %s", error)

    def _upload_log(self, log: Path) -> None:
        """Put the log where people can read it; failing at that is no reason to fail the run."""
        try:
            self.store.write(self._folder / LOG_FILE, log.read_bytes(), TEXT)
        except (HeadraceError, OSError) as error:
            LOG.warning("The log was not uploaded: %s", error)

    def _close(self, scene: Scene | None, mine: End) -> int:
        """Write the end, then do what comes after it."""
        try:
            end = _patiently(lambda: ends.write(self.store, self._folder, mine))
        except HeadraceError as error:
            LOG.critical("The end was not written: %s", error)
            return 1
        text = end.sentence if isinstance(end, RunError) else f"{end.jobs} jobs done."
        LOG.info("Run %s: %s", end.run_id, text)
        if scene is not None:
            for after in hooks.AFTER:
                _spare_the_run(partial(after, scene, end))
        wanted = scene.request if scene is not None else None
        _spare_the_run(partial(telling.ended, self.store, self._folder, self.environ, wanted, end))
        return 1 if isinstance(end, RunError) else 0


def _patiently(step: Callable[[], End]) -> End:
    """Wait out a storage service that is gone for a while: the work is done, its end must be told.

    Raises:
        StorageError: it was gone for longer, and the sweep has to find this run.
    """
    return retry(step, on=(StorageError,), backoff=Backoff(deadline=PATIENCE_SECONDS))


def _spare_the_run(step: Callable[[], None]) -> None:
    """Do what comes after a run's end: whatever goes wrong there, the run has ended as it has."""
    try:
        step()
    except HeadraceError as error:
        LOG.warning("After the run's end: %s", error)
    except Exception:
        LOG.exception("A fault of Headrace after the run's end.")


def _store(environ: Mapping[str, str]) -> Store:
    endpoint = environ.get("HEADRACE_STORAGE_ENDPOINT") or environ.get("STORAGE_EMULATOR_HOST")
    return CloudStore(environ.get("HEADRACE_PROJECT"), endpoint)


if __name__ == "__main__":
    sys.exit(main())

"""Telling people of a run, from its controller or from whoever finds that it has ended."""

from collections.abc import Mapping

from headrace.gcs import ObjectUri
from headrace.notices import runs
from headrace.notices.sending import Sender
from headrace.runs.records import PAGE_FILE, RunError, RunOutputs, RunRequest
from headrace.runs.scene import Scene
from headrace.runs.store import Store

_ENDPOINTS = ("HEADRACE_STORAGE_ENDPOINT", "STORAGE_EMULATOR_HOST")


def begun(scene: Scene) -> None:
    """Tell those who want to know it that a run has begun; nothing is raised."""
    notice = runs.begun(scene.request, scene.folder, endpoint(scene.environ), scene.clock())
    sender = Sender(scene.store, scene.folder.bucket, scene.environ)
    sender.send(notice, scene.request.notify)


def ended(
    store: Store,
    folder: ObjectUri,
    environ: Mapping[str, str],
    request: RunRequest | None,
    end: RunOutputs | RunError,
) -> None:
    """Tell how a run ended; `request` is absent where it could not be read.

    Raises:
        StorageError: it cannot be seen what there is to tell of.
    """
    cost = runs.cost_of(store, folder)
    page = folder / PAGE_FILE
    has_page = any(stored.uri == page for stored in store.list_objects(page))
    notice = runs.ended(request, end, folder, endpoint(environ), cost, has_page=has_page)
    notify = request.notify if request is not None else []
    Sender(store, folder.bucket, environ).send(notice, notify)


def endpoint(environ: Mapping[str, str]) -> str | None:
    """Return the address of a local cloud's storage, if the environment names one."""
    return next((environ[name] for name in _ENDPOINTS if environ.get(name)), None)

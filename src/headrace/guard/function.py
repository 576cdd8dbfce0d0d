"""The budget guard as a Cloud Function: what it needs, read once when an instance starts."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from headrace import settings as settings_module
from headrace.arrivals import logs
from headrace.errors import HeadraceError
from headrace.guard.handler import Guard
from headrace.runs.cloudstore import CloudStore
from headrace.services import connect

LOG = logging.getLogger(__name__)


def start(environ: Mapping[str, str]) -> Guard:
    """Return the guard of an instance; ends the instance with one line if a setting is wrong."""
    logs.configure()
    try:
        settings = settings_module.load(environ)
        store = CloudStore(settings.project, settings.storage_endpoint)
    except HeadraceError as error:
        LOG.critical("The guard cannot start: %s", error)
        raise SystemExit(1) from error
    service = connect(
        settings.service,
        project=settings.project,
        region=settings.region,
        endpoint=settings.endpoint,
    )
    return Guard(settings.results, store, service, lambda: datetime.now(UTC))


def handle(guard: Guard, cloud_event: Any) -> None:
    """Handle one CloudEvent and acknowledge it, whatever happens.

    A message that were refused would come again every few seconds and work against whoever is
    repairing things; the next one comes within the hour anyway and finds the same state.
    """
    try:
        guard.handle(cloud_event["type"], cloud_event.data)
    except HeadraceError as error:
        LOG.error("The message was not acted upon: %s", error)  # noqa: TRY400 - a sentence
    except Exception:
        LOG.exception("The guard failed, which is a fault of Headrace.")

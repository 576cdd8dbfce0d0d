"""The Cloud Function's insides: what it needs, read once when an instance starts."""

import logging
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from headrace import settings as settings_module
from headrace.arrivals import logs, triggers
from headrace.arrivals import sweep as sweeping
from headrace.arrivals.claims import Starter
from headrace.arrivals.gate import Gate
from headrace.arrivals.handler import Handler
from headrace.arrivals.launching import Launcher
from headrace.arrivals.rejections import Rejections
from headrace.arrivals.telling import Teller
from headrace.arrivals.triggers import Rule
from headrace.errors import HeadraceError, SettingsError, TooEarlyError
from headrace.records import encode_json
from headrace.runs.cloudstore import CloudStore
from headrace.services import connect
from headrace.settings import Settings

LOG = logging.getLogger(__name__)

RULES_VARIABLE = "HEADRACE_TRIGGERS"
_RULES_NAME = "triggers.yaml"


def start(environ: Mapping[str, str], home: Path) -> Handler:
    """Return the handler of an instance whose code lies in `home`.

    A wrong setting or rule ends the instance with one line in the log, so that a deployment fails
    at once instead of every event.
    """
    logs.configure()
    try:
        return build(environ, home)
    except HeadraceError as error:
        LOG.critical("The function cannot start: %s", error)
        raise SystemExit(1) from error


def build(environ: Mapping[str, str], home: Path) -> Handler:
    """Return the handler that the environment describes; raises `InputError` if it is wrong."""
    settings = settings_module.load(environ)
    check(settings)
    return new_handler(settings, triggers.load(rules_file(environ, home)), environ)


def new_handler(
    settings: Settings, rules: Sequence[Rule], environ: Mapping[str, str] = os.environ
) -> Handler:
    """Return the handler of an installation's uploads, on its own buckets and service.

    `environ` holds the secrets of the channels that people are told by.
    """
    store = CloudStore(settings.project, settings.storage_endpoint)
    service = connect(
        settings.service,
        project=settings.project,
        region=settings.region,
        endpoint=settings.endpoint,
    )
    starter = Starter(settings, store, service)
    teller = Teller(store, settings.results, environ)
    rejections = Rejections(store, settings.results, _now, teller)
    launcher = Launcher(settings, store, starter, Gate(store), rejections, _now)
    return Handler(settings, rules, store, launcher, _now)


def rules_file(environ: Mapping[str, str], home: Path) -> Path:
    """Return the rules file: the one named, else the one beside the code, else the repository's."""
    named = environ.get(RULES_VARIABLE)
    if named:
        return Path(named)
    beside = home / _RULES_NAME
    return beside if beside.exists() else home.parent / "config" / _RULES_NAME


def handle(handler: Handler, cloud_event: Any) -> str | None:
    """Handle one CloudEvent; returns why it must come again, or nothing if it need not.

    What can never succeed is acknowledged. A fault of ours comes again, since we do not know.
    """
    try:
        handler.handle(cloud_event["type"], cloud_event.data)
    except TooEarlyError as error:
        LOG.info("The event must come again: %s", error)
        return str(error)
    except HeadraceError as error:
        LOG.error("The event must come again: %s", error)  # noqa: TRY400 - a sentence, no traceback
        return str(error)
    except Exception:
        LOG.exception("The event was not handled, which is a fault of Headrace.")
        return "The event was not handled, which is a fault of Headrace."
    return None


def sweep(handler: Handler) -> tuple[str, HTTPStatus]:
    """Sweep inbox and runs; an error if something failed that the next sweep repeats."""
    try:
        report = sweeping.sweep(handler)
    except HeadraceError as error:
        LOG.error("The sweep failed: %s", error)  # noqa: TRY400 - a sentence, no traceback
        return f"{error}\n", HTTPStatus.SERVICE_UNAVAILABLE
    status = HTTPStatus.SERVICE_UNAVAILABLE if report.failed else HTTPStatus.OK
    return encode_json(report).decode(), status


def check(settings: Settings) -> None:
    """Raise `SettingsError` unless there is an inbox that is not the results bucket."""
    if not settings.inbox:
        raise SettingsError("Missing settings: set HEADRACE_INBOX to the bucket of uploads.")
    if settings.inbox == settings.results:
        raise SettingsError(
            f"HEADRACE_INBOX and HEADRACE_RESULTS are both '{settings.inbox}': "
            "use two buckets, or results would start runs."
        )


def _now() -> datetime:
    return datetime.now(UTC)

"""What the parts of the executor share: settings, services, and where jobs leave their traces."""

from dataclasses import dataclass
from logging import Logger
from typing import Any

from headrace import services, storage_client
from headrace.errors import SettingsError
from headrace.gcs import ObjectUri
from headrace.runs.cloudstore import CloudStore
from headrace.services.changes import Changes, check_topic
from headrace.services.protocol import JobService, ServiceName
from headrace.services.retry import Backoff
from headrace.services.wire import Client
from snakemake_executor_plugin_lifesciences.bucket import JobFolders
from snakemake_executor_plugin_lifesciences.claims import Claims
from snakemake_executor_plugin_lifesciences.installation import complete
from snakemake_executor_plugin_lifesciences.naming import check_run
from snakemake_executor_plugin_lifesciences.pausing import PauseGate


@dataclass(frozen=True)
class Head:
    """The head of one run; `settings` are complete, and `logger` is Snakemake's."""

    settings: Any
    logger: Logger
    service: JobService
    folders: JobFolders
    gate: PauseGate
    claims: Claims
    changes: Changes | None = None


def connect(settings: Any, logger: Logger) -> Head:
    """Connect to the services that the settings name; nothing is sent before their first use.

    Raises:
        SettingsError: a setting is missing or impossible.
    """
    settings = complete(settings)
    check_run(settings.run)
    where = (settings.project, settings.storage_endpoint)
    store = CloudStore(*where)
    claims = Claims(store, settings.work)
    return Head(
        settings=settings,
        logger=logger,
        service=services.connect(
            _service_name(settings.service),
            project=settings.project,
            region=settings.region,
            endpoint=settings.endpoint,
            claims=claims,
            patience=min(settings.patience, Backoff.deadline),
        ),
        folders=JobFolders(storage_client.connect(*where)),
        claims=claims,
        gate=PauseGate(store, ObjectUri.parse(settings.work).bucket),
        changes=_changes(settings),
    )


def _changes(settings: Any) -> Changes | None:
    if settings.notifications is None:
        return None
    client = Client("pubsub", "v1", settings.endpoint, Backoff())
    project = check_topic(settings.notifications)
    return Changes(client, project, settings.notifications, settings.run)


def _service_name(text: str) -> ServiceName:
    try:
        return ServiceName(text)
    except ValueError:
        known = " or ".join(f"'{name.value}'" for name in ServiceName)
        raise SettingsError(f"lifesciences-service is '{text}': write {known}.") from None
